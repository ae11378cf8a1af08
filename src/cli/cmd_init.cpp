// tranche init: a campaign directory that runs at once and explains itself.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <ostream>
#include <system_error>

#include "commands.hpp"
#include "init_python.hpp"
#include "json_output.hpp"
#include "templates.hpp"
#include "tranche/base/text.hpp"

namespace tranche::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  Problem problem;
  problem.what = what;
  problem.fix = fix;
  throw ConfigError{std::move(problem)};
}

/// What an example consists of.
struct Example {
  std::string name;
  std::string campaign;
  std::string source_file;  ///< empty: there is none
  std::string source;
};

Example find_example(const InitOptions& options) {
  const auto& name = options.example;
  if (!options.command.empty()) {
    if (!name.empty() || !options.plugin.empty() || !options.python.empty())
      refuse("--command goes with none of --plugin, --python and --example", "choose one of them");
    return {"command", std::string{templates::command_campaign}, {}, {}};
  }
  if (!options.python.empty()) {
    if (!name.empty() || !options.plugin.empty() || !options.command.empty())
      refuse("--python goes with neither --example nor --plugin nor --command",
             "one of them says what the simulator is");
    auto start = start_with_python(options.python, fs::current_path());
    return {"python", std::move(start.campaign), start.file, std::move(start.source)};
  }
  if (name.empty() || name == "starter")
    return {"starter", std::string{templates::starter_campaign}, "oscillator.c",
            std::string{templates::starter_source}};
  if (name == "ssc" && !templates::ssc_campaign.empty())
    return {"ssc", std::string{templates::ssc_campaign}, {}, {}};
  refuse("there is no example `" + name + "`",
         templates::ssc_campaign.empty() ? "examples: starter" : "examples: starter, ssc");
}

bool is_name(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.';
  });
}

/// The first line that begins with `key` gets a new value; a comment behind it goes.
std::string with_value(std::string text, const std::string& key, const std::string& value) {
  const auto at = text.find("\n" + key + ":");
  if (at == std::string::npos) return text;
  const auto begin = at + 1 + key.size() + 1;
  const auto end = text.find('\n', begin);
  return text.replace(begin, end - begin, " " + value);
}

/// `plugin: ...` inside the simulator's entry, however it is written.
std::string with_plugin(std::string text, const std::string& path) {
  const auto entry = text.find("\nsimulator:");
  const auto at = entry == std::string::npos ? entry : text.find("plugin:", entry);
  if (at == std::string::npos) return text;
  const auto begin = at + 7;
  const auto end = text.find_first_of(",}\n", begin);
  return text.replace(begin, end - begin, " " + Json(path).dump());
}

/// `points: N` inside the design's entry, however it is written.
std::string with_points(std::string text, std::uint64_t points) {
  const auto entry = text.find("\ndesign:");
  const auto at = entry == std::string::npos ? entry : text.find("points:", entry);
  if (at == std::string::npos) return text;
  const auto begin = at + 7;
  const auto end = text.find_first_of(",}\n", begin);
  return text.replace(begin, end - begin, " " + std::to_string(points));
}

fs::path plugin_path(const std::string& plugin) {
  std::error_code error;
  const auto path = fs::canonical(plugin, error);
  if (error) refuse("cannot find the plug-in " + plugin + ": " + error.message(), "");
  return path;
}

/// A bare name is looked for when it runs; a path from here would mean something else there.
std::string program_path(const std::string& program) {
  if (program.find('/') == std::string::npos) return program;
  std::error_code error;
  const auto path = fs::canonical(program, error);
  if (error) refuse("cannot find the program " + program + ": " + error.message(), "");
  return path.string();
}

std::string with_command(std::string text, const std::string& program) {
  const std::string word = "COMMAND";
  const auto quoted = Json(program).dump();
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + quoted.size()))
    text.replace(at, word.size(), quoted);
  return text;
}

std::string campaign_text(const InitOptions& options, const Example& example, const std::string& name) {
  auto text = with_value(example.campaign, "name", name);
  if (!options.command.empty()) text = with_command(std::move(text), program_path(options.command));
  if (!options.plugin.empty()) text = with_plugin(std::move(text), plugin_path(options.plugin).string());
  if (options.points != 0) text = with_points(std::move(text), options.points);
  return text;
}

/// The folder exists afterwards and holds no campaign. \throws ConfigError, IoError
void make_campaign_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / "campaign.yaml", error))
    refuse(folder.string() + " is a campaign already", "choose another name: nothing is ever overwritten");
  if (fs::exists(folder, error) && !fs::is_directory(folder, error))
    refuse(folder.string() + " exists and is no folder", "choose another name");
  fs::create_directories(folder.parent_path().empty() ? fs::path{"."} : folder.parent_path(), error);
  directory::make_folder(folder);
}

}  // namespace

void register_init(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("init", "Make a campaign directory that explains itself");
  auto options = std::make_shared<InitOptions>();
  verb->add_option("NAME", options->name, "Folder to make, and the campaign's name")->required();
  verb->add_option("--example", options->example,
                   "starter (default), or ssc: synchrotron self-Compton spectra")
      ->type_name("NAME");
  verb->add_option("--plugin", options->plugin, "Your own shared library instead of the example's")
      ->type_name("FILE");
  verb->add_option("--python", options->python,
                   "Your own Python function: its arguments become the parameters")
      ->type_name("MODULE:FUNCTION");
  verb->add_option("--command", options->command,
                   "Your own program; parameters become its arguments or a deck")
      ->type_name("EXE");
  verb->add_option("--points", options->points, "Points of the design (default: the example's own)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  verb->footer(
      "  tranche init first-steps                  runs at once: a damped oscillation\n"
      "  tranche init blazar --example ssc         the bundled real campaign\n"
      "  tranche init small --example ssc --points 20000\n"
      "  tranche init mine --plugin libmine.so     your code; then edit campaign.yaml\n"
      "  tranche init mine --python model:spectrum your function, of model.py in this folder\n"
      "  tranche init mine --command ./mycode      the same for a program");
  verb->callback([options, &context] { context.exit_code = run_init(*options, context); });
}

int run_init(const InitOptions& options, Context& context) {
  auto folder = fs::path{context.options.directory} / options.name;
  folder = folder.lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  const auto name = folder.filename().string();
  if (!is_name(name))
    refuse("`" + name + "` is no name for a campaign", "use letters, digits, `_`, `-` and `.`");
  const auto example = find_example(options);
  const auto text = campaign_text(options, example, name);
  make_campaign_folder(folder);
  const bool with_source = !example.source.empty() && options.plugin.empty();
  if (with_source && !fs::exists(folder / example.source_file))
    directory::write_atomically(folder / example.source_file, example.source,
                                directory::Durability::rename_only);
  directory::write_atomically(folder / "campaign.yaml", text, directory::Durability::fsynced);

  if (context.options.json) {
    print_json(
        context,
        {{"tranche_init", 1}, {"directory", fs::absolute(folder).string()}, {"example", example.name}});
    return 0;
  }
  context.out << "made " << folder.string() << "/campaign.yaml"
              << (with_source ? ", and " + example.source_file + ", the source of its simulator" : "")
              << "\n\nnext:\n"
              << "  cd " << folder.string() << '\n'
              << "  tranche check      what would be computed\n"
              << "  tranche try        a few points, here and now\n"
              << "  tranche run        the first stage\n";
  return 0;
}

}  // namespace tranche::cli
