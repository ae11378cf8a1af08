#include "tranche/directory/quota.hpp"

#include <fcntl.h>
#include <sys/quota.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <sstream>
#include <vector>

namespace tranche::directory {
namespace {

constexpr std::uint32_t lustre = 0x0BD00BD0;

std::uint64_t least_limit(std::uint64_t soft, std::uint64_t hard) {
  if (soft == 0 || hard == 0) return std::max(soft, hard);
  return std::min(soft, hard);
}

std::optional<Quota> ask_kernel([[maybe_unused]] int folder, [[maybe_unused]] int kind,
                                [[maybe_unused]] std::uint32_t id, [[maybe_unused]] const char* whose) {
#ifdef SYS_quotactl_fd
  dqblk block{};
  if (::syscall(SYS_quotactl_fd, folder, QCMD(Q_GETQUOTA, kind), id, &block) != 0) return std::nullopt;
  // Limits are in KiB, what is used in bytes (quotactl(2)).
  const auto limit = least_limit(block.dqb_bsoftlimit, block.dqb_bhardlimit);
  if (limit == 0) return std::nullopt;
  return Quota{whose, block.dqb_curspace, limit * 1024};
#else
  return std::nullopt;
#endif
}

std::string output_of(const std::string& command) {
  std::string text;
  auto* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 512> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) text += piece.data();
  ::pclose(pipe);
  return text;
}

std::string quoted(const std::string& text) {
  std::string safe = "'";
  for (const char c : text) c == '\'' ? safe += "'\\''" : safe += c;
  return safe + "'";
}

std::optional<Quota> ask_lustre(const std::filesystem::path& folder, const char* option, std::uint32_t id,
                                const char* whose) {
  auto quota =
      parse_lfs_quota(output_of("timeout 5 lfs quota -q " + std::string{option} + ' ' + std::to_string(id) +
                                ' ' + quoted(folder.string()) + " 2>/dev/null"));
  if (quota) quota->whose = whose;
  return quota;
}

std::optional<std::uint64_t> number(std::string word) {
  if (!word.empty() && word.back() == '*') word.pop_back();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Quota> parse_lfs_quota(std::string_view text) {
  std::istringstream words{std::string{text}};
  std::string path;
  std::string used_word;
  std::string soft_word;
  std::string hard_word;
  if (!(words >> path >> used_word >> soft_word >> hard_word)) return std::nullopt;
  const auto used = number(used_word);
  const auto soft = number(soft_word);
  const auto hard = number(hard_word);
  if (!used || !soft || !hard || least_limit(*soft, *hard) == 0) return std::nullopt;
  return Quota{"", *used * 1024, least_limit(*soft, *hard) * 1024};
}

std::optional<Quota> quota_of(const std::filesystem::path& folder) {
  const int number = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (number < 0) return std::nullopt;
  std::vector<std::optional<Quota>> found{ask_kernel(number, USRQUOTA, ::geteuid(), "user"),
                                          ask_kernel(number, GRPQUOTA, ::getegid(), "group")};
  struct statfs facts {};
  if (::fstatfs(number, &facts) == 0 && static_cast<std::uint32_t>(facts.f_type) == lustre) {
    found.push_back(ask_lustre(folder, "-u", ::geteuid(), "user"));
    found.push_back(ask_lustre(folder, "-g", ::getegid(), "group"));
  }
  ::close(number);
  std::optional<Quota> tightest;
  for (auto& quota : found)
    if (quota && (!tightest || quota->left_bytes() < tightest->left_bytes())) tightest = std::move(quota);
  return tightest;
}

}  // namespace tranche::directory
