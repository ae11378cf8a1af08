/// Simulators that are workers: programs that stay, and Python functions.
#include "names.hpp"
#include "readers.hpp"
#include "scalars.hpp"

namespace tranche::config {
namespace {

const std::string worker_example = "worker: [python3, my_worker.py]";
const std::string python_example = "python: mymodel:spectrum";

std::vector<std::string> read_texts(const YamlNode& node, const std::string& owner,
                                    const std::string& example, Findings& findings) {
  std::vector<std::string> texts;
  if (!expect_sequence(node, owner, example, findings)) return texts;
  for (const auto& item : node.items)
    if (const auto text = read_text(item, "an entry of " + owner, findings)) texts.push_back(*text);
  return texts;
}

bool is_dotted_name(std::string_view text) {
  while (true) {
    const auto dot = text.find('.');
    if (!is_identifier(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

/// `module:function`.
void read_function(const YamlNode& node, campaign::PythonSpec& python, Reading& reading) {
  const auto text = read_text(node, "`python`", reading.findings);
  if (!text) return;
  const auto colon = text->find(':');
  if (colon == std::string::npos || !is_dotted_name(std::string_view{*text}.substr(0, colon)) ||
      !is_dotted_name(std::string_view{*text}.substr(colon + 1))) {
    reading.findings.add(node, {ticked(*text) + " does not name a Python function",
                                "it is MODULE:FUNCTION, the module without .py", python_example});
    return;
  }
  python.module = text->substr(0, colon);
  python.function = text->substr(colon + 1);
}

}  // namespace

std::vector<std::string> read_simulator_files(const YamlNode& node, Reading& reading) {
  return read_texts(node, "`files`", "files: [table.dat]", reading.findings);
}

campaign::WorkerSpec read_worker(const YamlNode& node, Reading& reading) {
  campaign::WorkerSpec worker;
  // A single word is a program without arguments.
  if (node.is_scalar()) {
    if (const auto text = read_text(node, "`worker`", reading.findings)) worker.argv = {*text};
    if (!worker.argv.empty() && worker.argv.front().find(' ') != std::string::npos)
      reading.findings.add(node,
                           {"`worker` is one word with spaces in it",
                            "no shell takes it apart: program and arguments are a list", worker_example});
  } else {
    worker.argv = read_texts(node, "`worker`", worker_example, reading.findings);
    if (node.is_sequence() && node.items.empty())
      reading.findings.add(node, {"`worker` is empty", "the program comes first", worker_example});
  }
  if (!worker.argv.empty() && worker.argv.front().empty())
    reading.findings.add(node, {"the program of `worker` is empty", "", worker_example});
  return worker;
}

campaign::PythonSpec read_python(const YamlNode& node, Reading& reading) {
  campaign::PythonSpec python;
  if (!node.is_map()) {
    read_function(node, python, reading);
    return python;
  }
  MapReader keys{node, "`python`", reading.findings};
  if (const auto* function = keys.require("function", "function: mymodel:spectrum"))
    read_function(*function, python, reading);
  if (const auto* interpreter = keys.find("interpreter"))
    python.interpreter =
        read_text(*interpreter, "`interpreter`", reading.findings).value_or(python.interpreter);
  keys.finish();
  return python;
}

}  // namespace tranche::config
