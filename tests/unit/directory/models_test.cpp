#include "tranche/directory/models.hpp"

#include <catch2/catch.hpp>

#include "../../support/temporary_folder.hpp"

using namespace tranche;

namespace {

void put(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  directory::write_atomically(path, text, directory::Durability::rename_only);
}

void put_model(const directory::CampaignPaths& campaign, const std::string& name, const std::string& choice) {
  const directory::ModelPaths paths{campaign, name};
  put(paths.settings(), "{}");
  if (choice.empty()) return;
  put(paths.choice(), choice);
  put(paths.surrogate(), "numbers");
}

}  // namespace

TEST_CASE("Models are listed by number, and the next one gets the first free one") {
  const test::TemporaryFolder folder;
  const directory::CampaignPaths campaign{folder.path()};
  CHECK(directory::model_names(campaign).empty());
  CHECK(directory::free_model_name(campaign) == "m1");
  for (const char* name : {"m10", "m2", "best", "m1"}) put_model(campaign, name, "");
  std::filesystem::create_directories(campaign.models() / "m3");  // has no settings yet
  CHECK(directory::model_names(campaign) == std::vector<std::string>{"best", "m1", "m2", "m10"});
  CHECK(directory::free_model_name(campaign) == "m4");
}

TEST_CASE("Gates see the model that was chosen last") {
  const test::TemporaryFolder folder;
  const directory::CampaignPaths campaign{folder.path()};
  CHECK(!directory::newest_model(campaign));
  put_model(campaign, "m1", "");
  CHECK(!directory::newest_model(campaign));
  put_model(campaign, "m2", R"({"r2": 0.99, "median": 0.02, "roughness": 0.1, "chosen_at": 200})");
  put_model(campaign, "m3", R"({"r2": 0.9, "median": 0.2, "roughness": 0.3, "chosen_at": 100})");
  put_model(campaign, "m4", "this is no choice");
  const auto newest = directory::newest_model(campaign);
  REQUIRE(newest);
  CHECK(newest->name == "m2");
  CHECK(newest->r2 == 0.99);
  CHECK(newest->median_error == 0.02);
  CHECK(newest->roughness == 0.1);
  std::filesystem::remove(directory::ModelPaths{campaign, "m2"}.surrogate());
  CHECK(directory::newest_model(campaign)->name == "m3");
}

TEST_CASE("Names of models are names of folders") {
  for (const char* good : {"m1", "wide-384", "a.b_c"}) CHECK(directory::is_model_name(good));
  for (const char* bad : {"", ".", "..", ".hidden", "a/b", "-x", "a b"})
    CHECK(!directory::is_model_name(bad));
  const directory::ModelPaths paths{directory::CampaignPaths{"/c"}, "m1"};
  CHECK(paths.trial(7) == "/c/models/m1/trials/0007");
  CHECK(paths.trial(12345) == "/c/models/m1/trials/12345");
}
