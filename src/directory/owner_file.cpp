#include "owner_file.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <system_error>
#include <utility>

#include "json.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::directory {
namespace {

constexpr int owner_format = 1;
constexpr std::size_t counter_width = 20;

struct ProcessFacts {
  char state = '?';
  std::uint64_t started = 0;  ///< clock ticks since boot
};

/// From /proc/<pid>/stat; nothing if it cannot be read.
std::optional<ProcessFacts> look_at_process(std::int64_t pid) {
  std::optional<std::string> text;
  try {
    text = read_file("/proc/" + std::to_string(pid) + "/stat");
  } catch (const IoError&) {
    return std::nullopt;
  }
  if (!text) return std::nullopt;
  const auto name_end = text->rfind(')');  // the name may contain anything, brackets included
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields{text->substr(name_end + 1)};
  ProcessFacts facts;
  std::string skipped;
  fields >> facts.state;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  fields >> facts.started;
  if (!fields) return std::nullopt;
  return facts;
}

std::string pid_namespace() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/ns/pid", error).string();
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Precondition: the pid counts on this machine.
OwnerState judge_process(const OwnerFacts& facts) {
  if (::kill(static_cast<pid_t>(facts.pid), 0) != 0 && errno == ESRCH) return OwnerState::dead;
  const auto process = look_at_process(facts.pid);
  if (!process) return OwnerState::alive;  // exists, and /proc hides other users
  if (process->state == 'Z' || process->state == 'X') return OwnerState::dead;
  return process->started == facts.pid_started ? OwnerState::alive : OwnerState::dead;
}

}  // namespace

std::string counter_field(std::uint64_t counter) {
  auto digits = std::to_string(counter);
  return std::string(counter_width - digits.size(), ' ') + digits;
}

OwnerText to_text(const OwnerFacts& facts) {
  const Json document{{"tranche_owner", owner_format},
                      {"nonce", facts.nonce},
                      {"purpose", facts.purpose},
                      {"host", facts.host},
                      {"pid", facts.pid},
                      {"pid_started", facts.pid_started},
                      {"pid_namespace", facts.pid_namespace},
                      {"boot_id", facts.boot_id},
                      {"slurm_job_id", facts.slurm_job_id},
                      {"slurm_restart_count", facts.slurm_restart_count},
                      {"since", facts.since}};
  OwnerText owner{dump(document), 0};
  owner.text.pop_back();
  owner.text += ",\"counter\":";
  owner.counter_at = owner.text.size();
  owner.text += counter_field(facts.counter) + "}\n";
  return owner;
}

std::string to_json_text(const OwnerFacts& facts) {
  auto text = to_text(facts).text;
  text.pop_back();
  return text;
}

std::optional<OwnerFacts> read_owner(const std::filesystem::path& path) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  OwnerFacts facts;
  const auto document = parse_json(*text);
  if (!document.is_object()) return facts;
  take(document, "nonce", facts.nonce);
  take(document, "purpose", facts.purpose);
  take(document, "host", facts.host);
  take(document, "pid", facts.pid);
  take(document, "pid_started", facts.pid_started);
  take(document, "pid_namespace", facts.pid_namespace);
  take(document, "boot_id", facts.boot_id);
  take(document, "slurm_job_id", facts.slurm_job_id);
  take(document, "slurm_restart_count", facts.slurm_restart_count);
  take(document, "since", facts.since);
  take(document, "counter", facts.counter);
  return facts;
}

OwnerFacts own_facts(const std::string& purpose) {
  OwnerFacts facts;
  facts.nonce = new_nonce();
  facts.host = host_name();
  facts.boot_id = boot_id();
  facts.pid = ::getpid();
  if (const auto process = look_at_process(facts.pid)) facts.pid_started = process->started;
  facts.pid_namespace = pid_namespace();
  facts.slurm_job_id = environment("SLURM_JOB_ID");
  facts.slurm_restart_count = environment("SLURM_RESTART_COUNT");
  facts.purpose = purpose;
  facts.since = unix_now();
  return facts;
}

OwnerState judge(const OwnerFacts& facts) {
  if (facts.nonce.empty() || facts.boot_id.empty()) return OwnerState::silent;
  if (facts.pid <= 0 || !std::in_range<pid_t>(facts.pid)) return OwnerState::silent;
  if (facts.host != host_name()) return OwnerState::silent;
  if (facts.boot_id != boot_id()) return OwnerState::dead;
  if (facts.pid_namespace != pid_namespace())
    return OwnerState::silent;  // a container: its pids are not ours
  return judge_process(facts);
}

}  // namespace tranche::directory
