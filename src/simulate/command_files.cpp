#include "command_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "tranche/deck/deck.hpp"

namespace tranche::simulate {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> path_folders() {
  const char* path = std::getenv("PATH");
  std::vector<fs::path> folders;
  std::istringstream list{path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path};
  for (std::string folder; std::getline(list, folder, ':');)
    if (!folder.empty()) folders.emplace_back(folder);
  return folders;
}

/// The interpreter in a script's first line; empty if it is no script.
std::string interpreter_of(const fs::path& script) {
  std::ifstream file{script, std::ios::binary};
  std::string line;
  line.resize(256);
  file.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(file.gcount()));
  if (!line.starts_with("#!")) return {};
  line = line.substr(2, line.find('\n') == std::string::npos ? line.npos : line.find('\n') - 2);
  const auto begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return line.substr(begin, line.find_first_of(" \t", begin) - begin);
}

bool begins_with_windows_line(const fs::path& script) {
  std::ifstream file{script, std::ios::binary};
  std::string line;
  std::getline(file, line);
  return line.starts_with("#!") && line.ends_with('\r');
}

/// What keeps a file that is there from being started.
std::optional<Problem> refuse(const fs::path& program, const std::string& as_written) {
  Problem problem;
  std::error_code error;
  if (fs::is_directory(program, error)) {
    problem.what = "the program " + as_written + " is a directory";
    problem.fix = "name the program inside it";
    return problem;
  }
  if (::access(program.c_str(), X_OK) != 0) {
    problem.what = "the program " + as_written + " is not executable";
    problem.why = program.string() + ": " + std::strerror(errno);
    problem.fix = "chmod +x " + program.string();
    return problem;
  }
  const auto interpreter = interpreter_of(program);
  if (interpreter.empty() || ::access(interpreter.c_str(), X_OK) == 0) return std::nullopt;
  problem.what = "the interpreter " + interpreter.substr(0, interpreter.find('\r')) + " of " + as_written +
                 " is not there";
  problem.why = begins_with_windows_line(program) ? "its first line ends as on Windows, and so does the name"
                                                  : "it is named in the first line of " + program.string();
  problem.fix = "correct that line, or write the interpreter into `command`: [python3, " + as_written + "]";
  return problem;
}

bool is_script(const fs::path& file) {
  return looks_like_script(file.filename().string()) || !interpreter_of(file).empty();
}

/// A text that is written out once it is known where the campaign is; nothing if it differs between runs.
std::optional<std::string> fixed_text(const std::string& word, const std::string& campaign_dir,
                                      const deck::Delimiters& delimiters) {
  const std::vector<deck::Name> names{{"campaign", deck::Kind::text}};
  const auto parsed = deck::Deck::parse(word, names, delimiters);
  if (const auto* text = std::get_if<deck::Deck>(&parsed))
    return text->fill(std::vector<deck::Value>{{0, campaign_dir}});
  return std::nullopt;
}

/// The file that an argument names by its absolute path, also behind `--option=`. A relative one is in the
/// run directory.
std::optional<fs::path> named_file(const std::string& argument) {
  std::error_code error;
  for (const auto& text : {argument, argument.substr(argument.find('=') + 1)}) {
    const fs::path path{text};
    if (path.is_absolute() && fs::is_regular_file(path, error)) return path.lexically_normal();
  }
  return std::nullopt;
}

/// The names that the run directory has for templates and linked files.
bool is_script_of_run(const std::string& argument, const campaign::CommandSpec& command,
                      const std::string& campaign_dir) {
  for (const auto& input : command.inputs)
    if (input.file == argument &&
        (looks_like_script(argument) || is_script(fs::path{campaign_dir} / input.source)))
      return true;
  return std::ranges::any_of(command.files, [&](const std::string& file) {
    return campaign::link_name(file) == fs::path{argument}.lexically_normal() &&
           is_script(fs::path{campaign_dir} / file);
  });
}

/// Whether `name` was found in PATH only.
bool is_of_path(const std::string& campaign_dir, const std::string& name, const std::string& found) {
  std::error_code error;
  return name.find('/') == std::string::npos && !fs::exists(fs::path{campaign_dir} / name, error) &&
         found == find_in_path(name);
}

/// Where the program is; or where it was looked for.
struct Place {
  fs::path program;  ///< empty: nowhere
  std::string looked;
};

Place look_for(const std::string& campaign_dir, const std::string& name) {
  std::error_code error;
  const fs::path written{name};
  const auto here = written.is_absolute() ? written : fs::absolute(fs::path{campaign_dir} / written);
  if (fs::exists(here, error)) return {here.lexically_normal(), {}};
  Place place{{}, "looked for " + here.lexically_normal().string()};
  if (name.find('/') != std::string::npos) return place;
  const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path() / name;
  place.looked += ", " + own.string() + ", and in PATH";
  place.program = !error && fs::is_regular_file(own, error) ? own : fs::path{find_in_path(name)};
  return place;
}

}  // namespace

bool looks_like_script(const std::string& argument) {
  static constexpr const char* endings[] = {".py", ".sh", ".jl", ".R", ".pl", ".m", ".lua", ".rb"};
  return !argument.starts_with('-') && std::any_of(std::begin(endings), std::end(endings),
                                                   [&](const char* e) { return argument.ends_with(e); });
}

std::string find_in_path(const std::string& name) {
  for (const auto& folder : path_folders()) {
    const auto path = folder / name;
    std::error_code error;
    if (fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0)
      return fs::absolute(path).string();
  }
  return {};
}

std::variant<std::string, Problem> find_program(const std::string& campaign_dir, const std::string& name) {
  const auto place = look_for(campaign_dir, name);
  if (place.program.empty()) {
    Problem problem;
    problem.what = "the program " + name + " is not there";
    problem.why = place.looked;
    problem.fix = "copy it beside campaign.yaml, write its absolute path, or extend PATH";
    return problem;
  }
  if (auto problem = refuse(place.program, name)) return *problem;
  return place.program.string();
}

std::variant<SimulatorFiles, Problem> find_command(const std::string& campaign_dir,
                                                   const campaign::CommandSpec& command) {
  auto program = find_program(campaign_dir, command.words.front());
  if (auto* problem = std::get_if<Problem>(&program)) return std::move(*problem);
  SimulatorFiles files;
  files.program = std::get<std::string>(std::move(program));
  const auto add = [&](const std::string& file) {
    files.inputs.push_back(fs::absolute(fs::path{campaign_dir} / file).lexically_normal().string());
  };
  for (const auto& input : command.inputs) add(input.source);
  for (const auto& file : command.files) add(file);
  const auto root = fs::absolute(campaign_dir).lexically_normal().string();
  bool runs_script = false;
  for (std::size_t k = 1; k < command.words.size(); ++k) {
    const auto argument = fixed_text(command.words[k], root, command.delimiters);
    if (!argument) continue;
    runs_script = runs_script || is_script_of_run(*argument, command, campaign_dir);
    const auto file = named_file(*argument);
    if (!file) continue;
    runs_script = runs_script || is_script(*file);
    if (std::find(files.inputs.begin(), files.inputs.end(), file->string()) == files.inputs.end())
      files.inputs.push_back(file->string());
  }
  files.interpreter = runs_script && is_of_path(campaign_dir, command.words.front(), files.program);
  return files;
}

}  // namespace tranche::simulate
