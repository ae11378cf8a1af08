#include "init_python.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>
#include <string_view>
#include <vector>

#include "templates.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/directory/files.hpp"

namespace tranche::cli {
namespace {

/// Arguments that are not numbers of the campaign (docs/formats/worker.md).
constexpr std::array<std::string_view, 9> given_by_tranche{
    "index", "seed", "rng", "rundir", "stage", "attempt", "threads", "deadline", "x"};

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  Problem problem;
  problem.what = what;
  problem.fix = fix;
  throw ConfigError{std::move(problem)};
}

void fill_in(std::string& text, const std::string& word, const std::string& value) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size()))
    text.replace(at, word.size(), value);
}

/// Between the parentheses behind `def name`; nothing if there is no such function.
std::optional<std::string> signature_of(const std::string& source, const std::string& name) {
  std::smatch found;
  if (!std::regex_search(source, found, std::regex{"(^|\n)(async )?def +" + name + " *\\("}))
    return std::nullopt;
  const auto begin = static_cast<std::size_t>(found.position(0) + found.length(0));
  int depth = 1;
  for (std::size_t at = begin; at < source.size(); ++at) {
    if (std::string_view{"([{"}.find(source[at]) != std::string_view::npos) ++depth;
    if (std::string_view{")]}"}.find(source[at]) != std::string_view::npos) --depth;
    if (depth == 0) return source.substr(begin, at - begin);
  }
  return std::nullopt;
}

/// Names of arguments without a default, in their order.
std::vector<std::string> arguments_in(const std::string& signature) {
  std::vector<std::string> names;
  std::string text;
  int depth = 0;
  const auto take = [&] {
    std::smatch found;
    if (text.find('=') == std::string::npos &&
        std::regex_match(text, found, std::regex{"\\s*([A-Za-z_][A-Za-z0-9_]*)\\s*(:[\\s\\S]*)?"}))
      names.push_back(found[1]);
    text.clear();
  };
  for (const char c : std::regex_replace(signature, std::regex{"#[^\n]*"}, "")) {
    if (std::string_view{"([{"}.find(c) != std::string_view::npos) ++depth;
    if (std::string_view{")]}"}.find(c) != std::string_view::npos) --depth;
    if (c == ',' && depth == 0)
      take();
    else
      text += c;
  }
  take();
  std::erase_if(names, [](const std::string& name) {
    return std::find(given_by_tranche.begin(), given_by_tranche.end(), name) != given_by_tranche.end();
  });
  return names;
}

std::vector<std::string> functions_in(const std::string& source) {
  std::vector<std::string> names;
  const std::regex definition{"(^|\n)def +([A-Za-z_][A-Za-z0-9_]*)"};
  for (std::sregex_iterator it{source.begin(), source.end(), definition}, end; it != end; ++it)
    names.push_back((*it)[2]);
  return names;
}

std::string parameters_text(const std::vector<std::string>& names) {
  std::size_t widest = 0;
  for (const auto& name : names) widest = std::max(widest, name.size());
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "  " : "\n  ") + name + ": " + std::string(widest - name.size(), ' ') +
            "{range: [0, 1]}" +
            (text.empty() ? "           # yours to fill in; {range: [1, 1e6], scale: log, unit: cm}" : "");
  return text;
}

const std::string example_parameters =
    "  frequency: {range: [0.1, 1], unit: Hz}\n"
    "  damping:   {range: [1e-3, 1], scale: log, unit: s-1}";
const std::string example_outputs =
    "axes:\n"
    "  t: {linear: [0, 10], n: 200, unit: s}\n"
    "outputs:\n"
    "  signal: {axes: [t], unit: m}";
const std::string own_outputs =
    "# axes: {nu: {log: [1e8, 1e20], n: 100, unit: Hz}}\n"
    "outputs:\n"
    "  result: {}                       # or result: {axes: [nu], unit: erg s-1}";

struct Target {
  std::string module;
  std::string function;
};

Target parse(const std::string& target) {
  std::smatch found;
  if (!std::regex_match(target, found, std::regex{"([A-Za-z_][A-Za-z0-9_]*):([A-Za-z_][A-Za-z0-9_]*)"}))
    refuse("`" + target + "` does not name a Python function",
           "--python MODULE:FUNCTION, the module without .py");
  return {found[1], found[2]};
}

PythonStart example_start(const Target& target) {
  PythonStart start{std::string{templates::python_campaign}, target.module + ".py",
                    std::string{templates::python_source}};
  fill_in(start.source, "def signal(", "def " + target.function + "(");
  fill_in(start.campaign, "@PARAMETERS@", example_parameters);
  fill_in(start.campaign, "@OUTPUTS@", example_outputs);
  return start;
}

PythonStart own_start(const Target& target, std::string source) {
  const auto signature = signature_of(source, target.function);
  if (!signature) {
    const auto near = did_you_mean(target.function, functions_in(source));
    refuse(target.module + ".py has no function `" + target.function + "`" +
               (near ? "; did you mean `" + *near + "`?" : ""),
           "--python " + target.module + ":" + near.value_or("FUNCTION"));
  }
  PythonStart start{std::string{templates::python_campaign}, target.module + ".py", std::move(source)};
  const auto names = arguments_in(*signature);
  fill_in(start.campaign, "@PARAMETERS@",
          parameters_text(names.empty() ? std::vector<std::string>{"x"} : names));
  fill_in(start.campaign, "@OUTPUTS@", own_outputs);
  return start;
}

}  // namespace

PythonStart start_with_python(const std::string& target, const std::filesystem::path& folder) {
  const auto parts = parse(target);
  const auto source = directory::read_file(folder / (parts.module + ".py"));
  auto start = source ? own_start(parts, *source) : example_start(parts);
  fill_in(start.campaign, "@FUNCTION@", target);
  fill_in(start.campaign, "@FILE@", start.file);
  return start;
}

}  // namespace tranche::cli
