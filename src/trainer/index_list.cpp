#include "index_list.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

#include "tranche/directory/files.hpp"

namespace tranche::trainer {
namespace {

constexpr const char* magic = "tranche samples 1\n";

static_assert(std::endian::native == std::endian::little, "lists are little-endian");

std::string head(const std::string& key) {
  return magic + key + "\n";
}

}  // namespace

void write_index_list(const std::filesystem::path& path, const std::string& key,
                      const std::vector<SampleIndex>& list) {
  std::string text = head(key);
  const std::uint64_t count = list.size();
  text.append(reinterpret_cast<const char*>(&count), sizeof count);
  text.append(reinterpret_cast<const char*>(list.data()), list.size() * sizeof(SampleIndex));
  directory::write_atomically(path, text, directory::Durability::fsynced);
}

std::vector<SampleIndex> first_index_list(const std::filesystem::path& path, const std::string& key,
                                          const std::vector<SampleIndex>& list) {
  if (auto found = read_index_list(path, key); found && !found->empty()) return *std::move(found);
  if (list.empty()) return list;
  write_index_list(path, key, list);
  // Of two that begin at once, both take what was written last.
  return read_index_list(path, key).value_or(list);
}

std::optional<std::vector<SampleIndex>> read_index_list(const std::filesystem::path& path,
                                                        const std::string& key) {
  const auto text = directory::read_file(path);
  const auto begin = head(key);
  if (!text || !text->starts_with(begin)) return std::nullopt;
  std::uint64_t count = 0;
  if (text->size() < begin.size() + sizeof count) return std::nullopt;
  std::memcpy(&count, text->data() + begin.size(), sizeof count);
  const auto bytes = text->size() - begin.size() - sizeof count;
  if (bytes % sizeof(SampleIndex) != 0 || bytes / sizeof(SampleIndex) != count) return std::nullopt;
  std::vector<SampleIndex> list(count);
  std::memcpy(list.data(), text->data() + begin.size() + sizeof count, bytes);
  return list;
}

std::vector<SampleIndex> common(const std::vector<SampleIndex>& list, const std::vector<SampleIndex>& all) {
  std::vector<SampleIndex> both;
  std::set_intersection(list.begin(), list.end(), all.begin(), all.end(), std::back_inserter(both));
  return both;
}

}  // namespace tranche::trainer
