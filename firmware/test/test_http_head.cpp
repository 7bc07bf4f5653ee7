#include "check.h"
#include "http_head.h"

using louver::HttpHead;

namespace {

/// Bytes that were taken before it refused, or before it was whole.
size_t feed(HttpHead* head, const char* text) {
  size_t at = 0;
  while (text[at] != '\0' && !head->isWhole()) {
    if (!head->take(text[at])) return at;
    ++at;
  }
  return at;
}

}  // namespace

TEST(http_head_with_status_and_length) {
  HttpHead head;
  const char text[] = "HTTP/1.1 206 Partial Content\r\nDate: 5\r\nX-Content-Length: 9\r\ncontent-LENGTH: 912384\r\nContent-Range: bytes 1-2/3\r\n\r\nbody";
  CHECK_EQ(feed(&head, text), sizeof text - 5);
  CHECK(head.isWhole());
  CHECK_EQ(head.status(), 206);
  CHECK_EQ(head.length(), 912384);
}

TEST(http_head_as_others_write_it) {
  const char* const texts[] = {"HTTP/1.0 200\nContent-Length:7\n\n", "HTTP/1.1 200 OK\r\nContent-Length:   7 \r\n\r\n", "HTTP/1.1 200 \r\nA: \r\nContent-Length: 7\r\nB:\r\n\r\n"};
  for (const char* text : texts) {
    HttpHead head;
    CHECK_EQ(feed(&head, text), strlen(text));
    CHECK(head.isWhole());
    CHECK_EQ(head.status(), 200);
    CHECK_EQ(head.length(), 7);
  }
}

TEST(http_head_without_length) {
  const char* const texts[] = {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length :7\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nMy-Content-Length: 7\r\n\r\n"};
  for (const char* text : texts) {
    HttpHead head;
    feed(&head, text);
    CHECK(head.isWhole());
    CHECK_EQ(head.length(), 0);
  }
}

TEST(http_head_with_two_lengths_has_none_that_fits) {
  HttpHead head;
  feed(&head, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 7\r\n\r\n");
  CHECK_EQ(head.length(), 77);
}

TEST(http_head_that_is_none) {
  const char* const texts[] = {"HTTP/2.0 200 OK\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nContent-Length: 7x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 7, 7\r\n\r\n"};
  for (const char* text : texts) {
    HttpHead head;
    CHECK(feed(&head, text) < strlen(text));
    CHECK(!head.isWhole());
  }
}

TEST(http_head_without_end) {
  HttpHead head;
  CHECK_EQ(feed(&head, "HTTP/1.1 200 OK\r\nX: "), 20);
  uint32_t more = 0;
  while (more < 100000 && head.take('x')) ++more;
  CHECK(more < 4096);
}
