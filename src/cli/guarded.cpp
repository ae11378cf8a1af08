#include "guarded.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <optional>
#include <ostream>
#include <thread>

#include "tranche/base/errors.hpp"
#include "tranche/base/version.hpp"
#include "tranche/store/stage_reader.hpp"
#include "tranche/store/view_reader.hpp"

namespace tranche::cli {
namespace {

constexpr std::array crash_signals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
/// Opening a file takes milliseconds; what is still busy after so much processor time goes round in circles.
constexpr rlim_t probe_cpu_s = 10;
/// A command that has used so much may be going round in circles: then the files are probed.
constexpr double doubt_cpu_s = 20;
/// A damaged length makes HDF5 ask for whatever it says. What is refused becomes an error. Reading needs far
/// less.
constexpr rlim_t most_memory = rlim_t{4} << 30;

[[noreturn]] void be_child(pid_t parent, const std::function<int()>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(static_cast<int>(ExitCode::unexpected));
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)  // they reserve terabytes
  rlimit memory{};
  if (getrlimit(RLIMIT_AS, &memory) == 0) {
    memory.rlim_cur = std::min(memory.rlim_cur, most_memory);
    setrlimit(RLIMIT_AS, &memory);
  }
#endif
  _exit(work());
}

double cpu_used_s(pid_t process) {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

/// Lets a child that has become doubtful go on, or ends it.
void look_after(pid_t child, const std::function<bool()>& is_hopeless) {
  using namespace std::chrono_literals;
  siginfo_t ended{};
  for (auto pause = 1ms; cpu_used_s(child) < doubt_cpu_s;
       pause = std::min<std::chrono::milliseconds>(2 * pause, 200ms)) {
    if (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        ended.si_pid != 0)
      return;
    std::this_thread::sleep_for(pause);
  }
  if (is_hopeless()) kill(child, SIGKILL);
}

/// The child's wait status. `is_hopeless` is asked once if it takes long.
int wait_for_child(const std::function<int()>& work, const std::function<bool()>& is_hopeless = {}) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw IoError{std::string{"cannot start a process: "} + std::strerror(errno)};
  if (child == 0) be_child(parent, work);
  if (is_hopeless) look_after(child, is_hopeless);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw IoError{std::string{"cannot wait for a process: "} + std::strerror(errno)};
  return status;
}

bool is_crash(int status) {
  return WIFSIGNALED(status) &&
         std::find(crash_signals.begin(), crash_signals.end(), WTERMSIG(status)) != crash_signals.end();
}

/// Whether `open` ends by itself; what it throws is another matter.
std::optional<std::string> crash_of(const std::function<void()>& open) {
  const int status = wait_for_child([&] {
    const rlimit cpu{probe_cpu_s, probe_cpu_s};
    setrlimit(RLIMIT_CPU, &cpu);
    try {
      open();
    } catch (const std::exception&) {  // told by whoever opens it next
    }
    return 0;
  });
  if (is_crash(status))
    return "damaged: HDF5 crashes over it (signal " + std::to_string(WTERMSIG(status)) + ")";
  if (WIFSIGNALED(status)) return "damaged: HDF5 does not come to an end with it";
  return std::nullopt;
}

void walk(const store::StageReader& reader) {
  reader.frame_differences({});
  reader.seal();
  const auto range = reader.range();
  if (range.size() == 0) return;
  reader.read_row(range.begin);
  reader.read_row(range.end - 1);
}

void walk(const store::ViewReader& view, std::span<const store::StageLayout> files) {
  view.frame_differences(files, {});
  std::uint64_t rows = 0;
  for (const auto& entry : view.entries()) rows += entry.rows;
  if (rows == 0) return;
  view.read_row(0);
  view.read_row(rows - 1);
}

bool has_crashing_file(Context& context) {
  try {
    return !crashing_files(inspect::open_campaign(context.campaign())).empty();
  } catch (const Failure&) {
    return false;  // the command says so itself
  }
}

}  // namespace

int run_guarded(Context& context, const std::function<int()>& command, const std::function<int()>& crashed) {
  context.out.flush();
  context.err.flush();
  bool hopeless = false;
  const auto work = [&] {
    int code = 0;
    try {
      code = command();
    } catch (...) {
      context.out.flush();
      code = report_current_exception(context);
    }
    context.out.flush();
    context.err.flush();
    return code;
  };
  const int status = wait_for_child(work, [&] { return hopeless = has_crashing_file(context); });
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  if (context.err_is_terminal) context.err << "\r\x1b[K" << std::flush;
  if (is_crash(status) || hopeless) return crashed();
  std::signal(WTERMSIG(status), SIG_DFL);
  raise(WTERMSIG(status));
  return static_cast<int>(ExitCode::unexpected);
}

std::map<std::string, std::string> crashing_files(const inspect::CampaignView& view) {
  std::map<std::string, std::string> found;
  if (!view.lock) return found;
  const auto root = view.paths.root().string();
  std::vector<store::StageLayout> files;
  for (const auto& stage : view.plan.stages()) {
    auto layout = view.layout(stage.key);
    if (!std::filesystem::exists(view.paths.store() / layout.file_name())) continue;
    if (auto crash = crash_of([&] { walk(store::StageReader::open(root, layout)); }))
      found["store/" + layout.file_name()] = *crash;
    files.push_back(std::move(layout));
  }
  if (found.empty() && !files.empty() && std::filesystem::exists(view.paths.view()))
    if (auto crash = crash_of([&] { walk(store::ViewReader::open(root, files.front()), files); }))
      found["store.h5"] = *crash;
  return found;
}

int run_guarded(Context& context, const std::function<int()>& command) {
  return run_guarded(context, command, [&]() -> int {
    refuse_crashing_files(inspect::open_campaign(context.campaign()));
    throw DamageError{"HDF5 crashed over the store of this campaign", "tranche verify"};
  });
}

void refuse_crashing_files(const inspect::CampaignView& view) {
  const auto found = crashing_files(view);
  for (const auto& [file, crash] : found)
    if (file != "store.h5")
      throw DamageError{"stage file " + (view.paths.root() / file).string() + " is " + crash,
                        "put the file back from a copy of the campaign"};
}

}  // namespace tranche::cli
