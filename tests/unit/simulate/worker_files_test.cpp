// Where workers and Python modules are found, and what identifies them.
#include "worker_files.hpp"

#include <fstream>

#include "host_fixture.hpp"

using namespace tranche;
using namespace tranche::test;

namespace {

using Found = std::variant<simulate::SimulatorFiles, Problem>;

void write(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
  std::ofstream{path} << text;
}

void make_executable(const std::string& path) {
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

Found find(const TemporaryFolder& folder, std::vector<std::string> argv,
           std::vector<std::string> files = {}) {
  return simulate::find_worker(folder.str(), {std::move(argv), std::move(files)});
}

Found find_module(const TemporaryFolder& folder, const std::string& module) {
  return simulate::find_python(folder.str(), {module, "f", "sh", {}});
}

const simulate::SimulatorFiles& files_of(const Found& found) {
  return std::get<simulate::SimulatorFiles>(found);
}

const Problem& problem_of(const Found& found) {
  return std::get<Problem>(found);
}

}  // namespace

TEST_CASE("a script beside campaign.yaml becomes absolute, and it alone is what identifies the worker") {
  TemporaryFolder folder;
  const auto script = folder.str() + "/w.py";
  write(script, "one");
  const auto found = find(folder, {"sh", "w.py", "--fast", "w"});
  const auto& files = files_of(found);
  CHECK(files.program.ends_with("/sh"));
  CHECK(files.arguments == std::vector<std::string>{files.program, script, "--fast", "w"});
  CHECK(files.inputs == std::vector<std::string>{script});
  CHECK(files.interpreter);
  const auto before = files.digest();
  write(script, "two");
  CHECK(files.digest() != before);
}

TEST_CASE("a program of one's own identifies itself, with the files that belong to it") {
  TemporaryFolder folder;
  write(folder.str() + "/bin/w", "one");
  write(folder.str() + "/table.dat", "1 2 3");
  make_executable(folder.str() + "/bin/w");
  const auto found = find(folder, {"bin/w"}, {"table.dat"});
  const auto& files = files_of(found);
  CHECK(files.program == folder.str() + "/bin/w");
  CHECK_FALSE(files.interpreter);
  const auto before = files.digest();
  write(folder.str() + "/table.dat", "1 2 4");
  const auto table = files.digest();
  CHECK(table != before);
  write(folder.str() + "/bin/w", "two");
  CHECK(files.digest() != table);
}

TEST_CASE("what is not there, or cannot be executed, is said with the places") {
  TemporaryFolder folder;
  write(folder.str() + "/my_worker.py", "one");
  write(folder.str() + "/plain", "one");
  CHECK_THAT(problem_of(find(folder, {"no-such-program-anywhere"})).why,
             Catch::Contains(folder.str() + "/no-such-program-anywhere") && Catch::Contains("PATH"));
  CHECK_THAT(problem_of(find(folder, {"bin/w"})).what, Catch::Contains("bin/w is not there"));
  CHECK_THAT(problem_of(find(folder, {"./plain"})).what, Catch::Contains("is not executable"));
  CHECK_THAT(problem_of(find(folder, {"./plain"})).fix, Catch::Contains("chmod +x"));
  CHECK_THAT(problem_of(find(folder, {"sh", "my_wroker.py"})).what,
             Catch::Contains("did you mean `my_worker.py`?"));
  CHECK_THAT(problem_of(find(folder, {"sh", "my_worker.py"}, {"tabel.dat"})).what,
             Catch::Contains("tabel.dat is not there"));
}

TEST_CASE("a module is one file, or all of a package") {
  TemporaryFolder folder;
  write(folder.str() + "/model.py", "one");
  write(folder.str() + "/pack/__init__.py", "");
  write(folder.str() + "/pack/deep/tables.py", "");
  write(folder.str() + "/pack/model.py", "");
  write(folder.str() + "/plain/model.py", "");
  CHECK_THAT(problem_of(find_module(folder, "modle")).what, Catch::Contains("did you mean `model`?"));
  CHECK_THAT(problem_of(find_module(folder, "pack.modle")).what, Catch::Contains("pack.modle is not there"));
  const auto inputs = [&](const std::string& module) { return files_of(find_module(folder, module)).inputs; };
  const auto in = [&](const std::string& name) { return folder.str() + "/" + name; };
  CHECK(inputs("model") == std::vector<std::string>{in("model.py")});
  CHECK(inputs("plain.model") == std::vector<std::string>{in("plain/model.py")});
  const std::vector<std::string> pack{in("pack/__init__.py"), in("pack/deep/tables.py"), in("pack/model.py")};
  CHECK(inputs("pack") == pack);
  CHECK(inputs("pack.model") == pack);
}

TEST_CASE("a Python function is run by the helper, and its interpreter is no part of it") {
  TemporaryFolder folder;
  write(folder.str() + "/model.py", "one");
  const auto found = find_module(folder, "model");
  const auto& files = files_of(found);
  CHECK(files.interpreter);
  REQUIRE(files.arguments.size() == 3);
  CHECK(files.arguments[1].ends_with("share/tranche/tranche_worker.py"));
  CHECK(files.arguments[2] == "model:f");
  const auto before = files.digest();
  write(folder.str() + "/model.py", "two");
  CHECK(files.digest() != before);
}
