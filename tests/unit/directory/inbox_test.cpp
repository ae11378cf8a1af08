#include "tranche/directory/inbox.hpp"

#include <catch2/catch.hpp>

#include "child.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/directory/owner.hpp"

using namespace tranche;
using namespace tranche::directory;

namespace {
struct Fixture {
  test::TemporaryFolder folder;
  CampaignPaths paths{folder.path()};
};

/// Waits for one request.
Request next_request(const CampaignPaths& paths) {
  while (true) {
    auto requests = take_requests(paths);
    if (!requests.empty()) return requests.front();
    ::usleep(1000);
  }
}
}  // namespace

TEST_CASE_METHOD(Fixture, "A request of one process is answered by another", "[directory]") {
  const auto child = test::start_child([&] {
    const auto reply = ask_owner(paths, "approve", R"({"stage": 2})", 10);
    const auto* answer = std::get_if<Answer>(&reply);
    return answer && answer->ok && answer->text == "gate opened" && answer->data_json == R"({"stage":2})" ? 0
                                                                                                          : 1;
  });
  const auto request = next_request(paths);
  CHECK(request.verb == "approve");
  CHECK(request.arguments_json == R"({"stage":2})");
  answer(paths, request, {true, "gate opened", request.arguments_json});
  CHECK(test::wait_for(child) == 0);
  CHECK(std::filesystem::is_empty(paths.inbox()));
}

TEST_CASE_METHOD(Fixture, "A request nobody answers is taken back", "[directory]") {
  CHECK(ask_owner(paths, "stop", "{}", 0.05) == std::variant<Answer, Unanswered>{Unanswered::silent});
  CHECK(take_requests(paths).empty());
  CHECK(std::filesystem::is_empty(paths.inbox()));
}

TEST_CASE_METHOD(Fixture, "A request that was taken is not asked again", "[directory]") {
  const auto child = test::start_child([&] {
    const auto reply = ask_owner(paths, "retry", "{}", 1);
    return std::holds_alternative<Unanswered>(reply) && std::get<Unanswered>(reply) == Unanswered::taken ? 0
                                                                                                         : 1;
  });
  CHECK(next_request(paths).verb == "retry");
  CHECK(test::wait_for(child) == 0);
}

TEST_CASE_METHOD(Fixture, "Whoever asks an owner that leaves does not wait for it", "[directory]") {
  auto owner = std::optional{Ownership::acquire(paths, "run")};
  const auto child = test::start_child([&] {
    const auto reply = ask_owner(paths, "approve", "{}", 3600);
    return std::holds_alternative<Unanswered>(reply) && std::get<Unanswered>(reply) == Unanswered::gone ? 0
                                                                                                        : 1;
  });
  CHECK(next_request(paths).verb == "approve");
  owner.reset();
  CHECK(test::wait_for(child) == 0);
  CHECK(take_requests(paths).empty());
}

TEST_CASE_METHOD(Fixture, "A request for an earlier owner is dropped", "[directory]") {
  make_folder(paths.inbox());
  write_atomically(paths.inbox() / "1-a.request.json", R"({"verb":"stop","owner":"gone"})",
                   Durability::rename_only);
  const auto owner = Ownership::acquire(paths, "run");
  CHECK(take_requests(paths).empty());
  CHECK(std::filesystem::is_empty(paths.inbox()));
}

TEST_CASE_METHOD(Fixture, "Requests come oldest first, unreadable ones are answered with an error",
                 "[directory]") {
  make_folder(paths.inbox());
  const auto put = [&](const std::string& name, const std::string& text) {
    write_atomically(paths.inbox() / name, text, Durability::rename_only);
  };
  put("2-b.request.json", R"({"verb":"second"})");
  put("1-a.request.json", R"({"verb":"first","arguments":{"x":1}})");
  put("3-c.request.json", "{not json");
  const auto requests = take_requests(paths);
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].verb == "first");
  CHECK(requests[0].arguments_json == R"({"x":1})");
  CHECK(requests[1].verb == "second");
  CHECK_THAT(read_file(paths.inbox() / "3-c.answer.json").value_or(""), Catch::Contains("\"ok\":false"));
}

TEST_CASE_METHOD(Fixture, "A campaign without an inbox has no requests", "[directory]") {
  CHECK(take_requests(paths).empty());
}
