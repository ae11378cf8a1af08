/// Every bad campaign file says exactly what its .txt says. With TRANCHE_UPDATE_GOLDEN=1 in the
/// environment the .txt files are written anew: read the difference before committing it.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "golden_files.hpp"
#include "tranche/config/campaign_file.hpp"

using namespace tranche;

namespace {

std::string message_of(const std::filesystem::path& yaml) {
  const auto text = test::file_text(yaml);
  try {
    config::parse_campaign({text, "campaign.yaml", test::golden_config()});
  } catch (const ConfigError& error) {
    return config::render(error.problems(), config::SourceText{"campaign.yaml", text}, config::Color::off);
  }
  return "accepted\n";
}

bool updating() {
  const char* wish = std::getenv("TRANCHE_UPDATE_GOLDEN");
  return wish != nullptr && std::string{wish} == "1";
}

}  // namespace

TEST_CASE("Every bad campaign file gets exactly the message written beside it") {
  const auto files = test::files_in(test::golden_config(), ".yaml");
  REQUIRE(files.size() >= 40);
  for (const auto& yaml : files) {
    auto expected = yaml;
    expected.replace_extension(".txt");
    const auto message = message_of(yaml);
    if (updating()) std::ofstream{expected, std::ios::binary} << message;
    INFO("differs: " << expected.filename().string());
    CHECK(message == test::file_text(expected));
    CHECK(message != "accepted\n");
  }
}

TEST_CASE("No message stands without its campaign file") {
  for (auto message : test::files_in(test::golden_config(), ".txt")) {
    INFO(message.filename().string());
    CHECK(std::filesystem::exists(message.replace_extension(".yaml")));
  }
}
