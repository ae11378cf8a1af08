#include "export_model.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ostream>

#include "json_output.hpp"
#include "tool_job.hpp"
#include "tranche/base/text.hpp"
#include "tranche/directory/models.hpp"
#include "tranche/exchange/onnx.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace tranche::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  throw Failure{ExitCode::usage, what, fix};
}

/// The one that was asked for, or the only one.
directory::ModelPaths model_of(const directory::CampaignPaths& campaign, const std::string& wanted) {
  const auto names = directory::model_names(campaign);
  if (names.empty() && wanted.empty()) refuse("there is no model yet", "tranche train");
  if (wanted.empty() && names.size() > 1)
    refuse("there are " + std::to_string(names.size()) + " models: which one?", "--model " + names.back());
  const directory::ModelPaths paths{campaign, wanted.empty() ? names.front() : wanted};
  if (!directory::is_model_name(paths.name()) || !fs::exists(paths.surrogate()))
    refuse("there is no surrogate of a model `" + paths.name() + "`", "tranche models lists them");
  return paths;
}

/// Only the trainer knows torch. It says itself what is wrong.
int run_trainer(const fs::path& surrogate, const std::string& file) {
  const auto program = beside_us("tranche-train").string();
  if (!fs::exists(program))
    throw Failure{ExitCode::environment,
                  program + " is missing: this tranche was built without its trainer, which needs libtorch",
                  "apt install libtorch-dev libopenblas0, then tools/build (cmake -DTRANCHE_TRAINER=ON)"};
  std::array<std::string, 6> words{program, "torchscript", "--surrogate", surrogate.string(), "--out", file};
  std::array<char*, 7> argv{};
  for (std::size_t k = 0; k < words.size(); ++k) argv[k] = words[k].data();
  pid_t child = 0;
  if (const int error = ::posix_spawn(&child, program.c_str(), nullptr, nullptr, argv.data(), ::environ);
      error != 0)
    throw Failure{ExitCode::environment, "cannot start " + program + ": " + std::strerror(error)};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw Failure{ExitCode::unexpected, std::string{"waitpid: "} + std::strerror(errno)};
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  throw Failure{ExitCode::unexpected, program + " died of signal " + std::to_string(WTERMSIG(status))};
}

}  // namespace

bool is_model_format(const std::string& format) {
  return format == "onnx" || format == "torchscript";
}

int export_model(const ExportOptions& options, Context& context) {
  if (!options.stage.empty()) refuse("a model has no stages", "leave --stage out");
  const auto paths = model_of(context.campaign(), options.model);
  const bool onnx = options.format == "onnx";
  const auto file = options.file.empty() ? paths.name() + (onnx ? ".onnx" : ".pt") : options.file;
  if (fs::exists(file)) refuse(file + " exists already", "name another file with -o, or remove it");
  if (onnx) {
    exchange::write_onnx(surrogate::load(paths.surrogate()), file);
  } else if (const int code = run_trainer(paths.surrogate(), file); code != 0) {
    return code;
  }
  const auto bytes = fs::file_size(file);
  if (context.options.json)
    print_json(context, {{"tranche_export", 1}, {"file", fs::absolute(file).string()}, {"bytes", bytes}});
  else
    context.out << file << ": model " << paths.name() << ", " << format_size(static_cast<double>(bytes))
                << '\n';
  return 0;
}

}  // namespace tranche::cli
