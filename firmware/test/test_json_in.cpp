#include "check.h"
#include "json_in.h"

using louver::JsonKind;
using louver::JsonMember;
using louver::JsonObject;
using louver::Slice;

static Slice slice(const char* text) {
  return {text, strlen(text)};
}

static bool isGood(Slice text) {
  JsonObject object(text);
  JsonMember member;
  while (object.next(&member)) {
  }
  return object.isGood();
}

TEST(members_one_after_the_other) {
  JsonObject object(slice(" { \"a\" : \"x\\n\", \"b\":-1.5e3,\"c\":[1,{\"d\":\"]\"}], \"e\":null , \"f\":{}, \"g\":true} "));
  JsonMember member;
  CHECK(object.next(&member) && member.key.is("a") && member.kind == JsonKind::kString && member.isEscaped);
  CHECK(object.next(&member) && member.key.is("b") && member.kind == JsonKind::kNumber && member.value.is("-1.5e3"));
  CHECK(object.next(&member) && member.key.is("c") && member.kind == JsonKind::kArray && member.value.is("[1,{\"d\":\"]\"}]"));
  CHECK(object.next(&member) && member.key.is("e") && member.kind == JsonKind::kNull);
  CHECK(object.next(&member) && member.key.is("f") && member.kind == JsonKind::kObject && member.value.is("{}"));
  CHECK(object.next(&member) && member.key.is("g") && member.kind == JsonKind::kTrue);
  CHECK(!object.next(&member));
  CHECK(object.isGood());
}

TEST(what_is_no_object) {
  const char* bad[] = {"", "{", "}", "[]", "1", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1}x", "{\"a\":01}", "{\"a\":+1}", "{\"a\":1.}",
                       "{\"a\":.5}", "{\"a\":tru}", "{\"a\":\"\t\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"", "{a:1}", "{\"a\":[1}",
                       "{\"a\":[[[[[[[[[1]]]]]]]]]}", "{\"a\":\"\xC0\x80\"}", "{\"a\":\"\xED\xA0\x80\"}", "{\"a\":\"\xF4\x90\x80\x80\"}", "{\"a\":\"\xE2\x82\"}",
                       "{\"a\":\"\xFF\"}", "{\"a\":1 \"b\":2}", "{\"a\":NaN}", "{\"a\":1\x0E" "5}", "{\"a\":[1 2]}", "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[01]}",
                       "{\"a\":{\"b\"}}", "{\"a\":{\"b\":}}", "{\"a\":{\"b\":1,}}", "{\"a\":{1:2}}", "{\"a\":[\"b\":1]}", "{\"a\":[\"\xFF\"]}",
                       // A name in disguise: others would read a position here.
                       "{\"posit\\u0069on\":90}"};
  for (const char* text : bad) {
    CHECK(!isGood(slice(text)));
  }
  CHECK(isGood(slice("{}")));
  CHECK(isGood(slice("{\"a\":\"\xF0\x9F\xAA\x9F \xE2\x82\xAC\"}")));
  CHECK(isGood(slice("{\"a\":[[[[[[[[1]]]]]]]]}")));
  CHECK(isGood(slice("{\"a\":[ [ ] , { } , { \"b\" : [ 1E2 , -0.5e-3 ] , \"c\":null } , true , \"\\n\" ] }")));
}

TEST(every_beginning_of_a_good_text_is_bad) {
  const char* text = "{\"device_id\":\"a\",\"features_used\":{\"audio_features\":[\"rms\"]},\"position\":75.5,\"e\":\"\\u00e9\xC3\xA9\"}";
  CHECK(isGood(slice(text)));
  for (size_t length = 0; length < strlen(text); ++length) CHECK(!isGood({text, length}));
}

TEST(a_key_that_comes_twice_is_not_found) {
  JsonMember member;
  CHECK(louver::findMember(slice("{\"a\":1,\"b\":2}"), "b", &member) && member.value.is("2"));
  CHECK(!louver::findMember(slice("{\"b\":1,\"b\":2}"), "b", &member));
  CHECK(!louver::findMember(slice("{\"b\":1"), "b", &member));
}

TEST(no_byte_that_is_changed_leads_out_of_the_text) {
  const char* text = "{\"position\":75.5,\"a\":[{\"b\":\"c\\n\"}],\"t\":true}";
  char changed[64];
  const size_t length = strlen(text);
  for (size_t at = 0; at < length; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      memcpy(changed, text, length);
      changed[at] = static_cast<char>(byte);
      isGood({changed, length});
    }
  }
}
