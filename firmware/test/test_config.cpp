#include "config.h"

#include "check.h"
#include "json_in.h"

using louver::Config;
using louver::ConfigJudgement;
using louver::ConfigVerdict;
using louver::Text;

namespace {

struct Offer {
  Config config = {};
  ConfigJudgement judgement;
  char report[400];

  void make(const char* payload) {
    applyConfig({payload, strlen(payload)}, &config, &judgement);
    Text text(report, sizeof report);
    addConfigReport(&text, config, judgement);
    CHECK(!text.isCut());
    louver::JsonObject members({report, text.length()});
    louver::JsonMember member;
    while (members.next(&member)) {
    }
    CHECK(members.isGood());
  }
};

}  // namespace

TEST(a_configuration_is_reported_with_what_is_in_force) {
  Offer offer;
  offer.make("{\"version\":3,\"interval_s\":60,\"slew_percent_per_s\":2.5,\"colour\":1,\"shape\":{\"interval_s\":1}}");
  CHECK(check::same(offer.report, "{\"version\":3,\"applied\":true,\"interval_s\":60,\"slew_percent_per_s\":2.5,\"unknown\":\"colour,shape\"}"));
  offer.make("{\"version\":2}");
  CHECK(check::same(offer.report, "{\"version\":2,\"applied\":false,\"reason\":\"not newer\",\"in_force\":3,\"interval_s\":60,\"slew_percent_per_s\":2.5}"));
  offer.make("no");
  CHECK(check::same(offer.report, "{\"applied\":false,\"reason\":\"not JSON\",\"in_force\":3,\"interval_s\":60,\"slew_percent_per_s\":2.5}"));
  offer.make("{\"version\":4,\"slew_percent_per_s\":0.05}");
  CHECK(check::same(offer.report, "{\"version\":4,\"applied\":false,\"reason\":\"slew_percent_per_s out of range 0.1..100\",\"in_force\":3,\"interval_s\":60,\"slew_percent_per_s\":2.5}"));
}

TEST(a_limit_is_one_to_the_last_decimal) {
  const char* const beyond[] = {"{\"version\":1,\"failsafe_position\":100.0000001}", "{\"version\":1,\"failsafe_position\":-0.0000001}",
                                "{\"version\":1,\"interval_s\":30.0000001}", "{\"version\":1.0001}", "{\"version\":1,\"interval_s\":1e400}"};
  for (const char* payload : beyond) {
    Offer offer;
    offer.make(payload);
    CHECK(offer.judgement.verdict != ConfigVerdict::kApplied);
    CHECK_EQ(offer.config.version, 0);
    CHECK_EQ(offer.config.isSet, 0);
  }
}

TEST(of_two_members_with_one_name_the_last_counts) {
  Offer offer;
  offer.make("{\"version\":1,\"interval_s\":5,\"version\":2,\"interval_s\":6}");
  CHECK_EQ(offer.config.version, 2);
  CHECK_EQ(offer.config.whole(louver::protocol::kConfigIntervalS), 6);
}

TEST(more_unknown_names_than_there_is_room_for) {
  Offer offer;
  offer.make("{\"version\":1,\"a_name_of_twenty_char\":1,\"another_of_twenty_one\":2,\"third\":3,\"forth\":4}");
  CHECK(offer.judgement.verdict == ConfigVerdict::kApplied);
  CHECK(check::same(offer.judgement.unknown, "a_name_of_twenty_char,another_of_twenty_one"));
}

TEST(a_configuration_that_is_cut_anywhere_changes_nothing) {
  const char payload[] = "{\"version\":3,\"interval_s\":60,\"switch_on_above\":28.5,\"x\":[{\"y\":\"\\u00e9\"}]}";
  for (size_t length = 0; length < sizeof payload - 1; ++length) {
    Config config = {};
    ConfigJudgement judgement;
    applyConfig({payload, length}, &config, &judgement);
    CHECK(judgement.verdict == ConfigVerdict::kNotJson && config.version == 0 && config.isSet == 0);
  }
}
