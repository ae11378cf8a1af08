#include "command_files.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/temporary_folder.hpp"

using namespace tranche;
using namespace tranche::simulate;
namespace fs = std::filesystem;

namespace {

campaign::CommandSpec command(const std::string& program) {
  campaign::CommandSpec spec;
  spec.words = {program, "{x}"};
  return spec;
}

Problem problem(const test::TemporaryFolder& folder, const std::string& program) {
  const auto found = find_command(folder.str(), command(program));
  REQUIRE(std::holds_alternative<Problem>(found));
  return std::get<Problem>(found);
}

void make_executable(const fs::path& path) {
  fs::permissions(path, fs::perms::owner_exec, fs::perm_options::add);
}

}  // namespace

TEST_CASE("a program is looked for beside campaign.yaml, then in PATH") {
  const test::TemporaryFolder folder;
  CHECK(fs::path{std::get<SimulatorFiles>(find_command(folder.str(), command("sh"))).program}.filename() ==
        "sh");
  folder.write("sh", "#!/bin/sh\n");
  make_executable(folder / "sh");
  CHECK(std::get<SimulatorFiles>(find_command(folder.str(), command("sh"))).program == folder.str() + "/sh");
  CHECK(std::get<SimulatorFiles>(find_command(folder.str(), command("./sh"))).program ==
        folder.str() + "/sh");
}

TEST_CASE("templates and linked files belong to the simulator, folders with what is in them") {
  const test::TemporaryFolder folder;
  folder.write("deck.in", "a");
  fs::create_directories(folder / "tables/deep");
  folder.write("tables/deep/a", "1");
  auto spec = command("sh");
  spec.inputs.push_back({"deck", "deck.in", {}});
  spec.files = {"tables/"};
  const auto files = std::get<SimulatorFiles>(find_command(folder.str(), spec));
  CHECK(files.inputs.size() == 2);
  const auto before = files.digest();
  CHECK(files.digest() == before);
  folder.write("tables/deep/a", "2");
  const auto changed = files.digest();
  CHECK_FALSE(changed == before);
  fs::rename(folder / "tables/deep/a", folder / "tables/deep/b");
  CHECK_FALSE(files.digest() == changed);
  folder.write("deck.in", "b");
  CHECK_FALSE(files.digest() == before);
}

TEST_CASE("files that arguments name by absolute paths belong to the simulator") {
  const test::TemporaryFolder folder;
  folder.write("model.sh", "echo 1\n");
  folder.write("table.dat", "1");
  auto spec = command("sh");
  spec.words = {
      "sh", "{campaign}/model.sh", "--table={campaign}/table.dat", "{campaign}/stage-{stage}", "model.sh",
      "{x}"};
  const auto files = std::get<SimulatorFiles>(find_command(folder.str(), spec));
  CHECK(files.inputs == std::vector<std::string>{folder.str() + "/model.sh", folder.str() + "/table.dat"});
  const auto before = files.digest();
  folder.write("model.sh", "echo 2\n");
  CHECK_FALSE(files.digest() == before);
  CHECK(describe_change(named_parts(folder.str(), {{folder.str() + "/model.sh", before}}),
                        named_parts(folder.str(), files.parts())) ==
        std::vector<std::string>{"model.sh has changed", "table.dat is new"});

  spec.delimiters = {"<<", ">>"};
  spec.words = {"sh", "<<campaign>>/model.sh", "{campaign}/table.dat"};
  CHECK(std::get<SimulatorFiles>(find_command(folder.str(), spec)).inputs.size() == 1);
}

TEST_CASE("what runs a script from PATH is its interpreter, and no part of the simulator") {
  const test::TemporaryFolder folder;
  folder.write("model.py", "print(1)\n");
  folder.write("model", "#!/bin/sh\n");
  folder.write("input.nml.in", "x = {x}\n");
  const auto interprets = [&](std::vector<std::string> words) {
    campaign::CommandSpec spec;
    spec.words = std::move(words);
    spec.files = {"model.py", "model"};
    spec.inputs = {{"input.nml", "input.nml.in", {}}, {"job.sh", "input.nml.in", {}}};
    return std::get<SimulatorFiles>(find_command(folder.str(), spec)).interpreter;
  };
  CHECK(interprets({"sh", "model.py"}));
  CHECK(interprets({"sh", "-u", "model"}));
  CHECK(interprets({"sh", "job.sh"}));
  CHECK(interprets({"sh", "{campaign}/model.py"}));
  CHECK_FALSE(interprets({"sh", "input.nml"}));  // a code from PATH with its input
  CHECK_FALSE(interprets({"/bin/sh", "model.py"}));
  folder.write("sh", "#!/bin/sh\n");
  make_executable(folder / "sh");
  CHECK_FALSE(interprets({"sh", "model.py"}));
}

TEST_CASE("a program that cannot be started says why, and what to type") {
  const test::TemporaryFolder folder;
  CHECK(problem(folder, "./code").what == "the program ./code is not there");
  CHECK(problem(folder, "no-such-program-anywhere").why.ends_with(", and in PATH"));
  folder.write("code", "#!/no/such/python3 -u\n");
  CHECK(problem(folder, "./code").what == "the program ./code is not executable");
  CHECK(problem(folder, "./code").fix == "chmod +x " + folder.str() + "/code");
  make_executable(folder / "code");
  CHECK(problem(folder, "./code").what == "the interpreter /no/such/python3 of ./code is not there");
  folder.write("code", "#!/bin/sh\r\nexit 0\r\n");
  make_executable(folder / "code");
  CHECK(std::holds_alternative<Problem>(find_command(folder.str(), command("./code"))));
  fs::create_directories(folder / "place");
  CHECK(problem(folder, "./place").what == "the program ./place is a directory");
}
