#include "tranche/slurm/allocation.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace tranche::slurm {
namespace {

constexpr std::size_t most_nodes = 1'000'000;

std::optional<std::uint32_t> whole(std::string_view text) {
  std::uint32_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

/// Position of the comma that ends the first item; commas inside brackets do not count.
std::size_t end_of_item(std::string_view text) {
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '[') ++depth;
    if (text[at] == ']') --depth;
    if (text[at] == ',' && depth == 0) return at;
  }
  return text.size();
}

std::vector<std::string_view> items_of(std::string_view text) {
  std::vector<std::string_view> items;
  while (!text.empty()) {
    const auto end = end_of_item(text);
    items.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

/// `1-3` or `07`, with the zeros it is written with.
bool expand_range(std::string_view range, std::vector<std::string>& numbers) {
  const auto dash = range.find('-');
  const auto low_text = range.substr(0, dash);
  const auto low = whole(low_text);
  const auto high = dash == range.npos ? low : whole(range.substr(dash + 1));
  if (!low || !high || *high < *low || *high - *low >= most_nodes - std::min(most_nodes, numbers.size()))
    return false;
  for (auto number = *low; number <= *high; ++number) {
    auto digits = std::to_string(number);
    if (digits.size() < low_text.size()) digits.insert(0, low_text.size() - digits.size(), '0');
    numbers.push_back(std::move(digits));
  }
  return true;
}

/// One item: any number of brackets, each multiplying the names so far.
bool expand_item(std::string_view item, std::vector<std::string>& names) {
  std::vector<std::string> found{""};
  while (!item.empty()) {
    const auto open = item.find('[');
    for (auto& name : found) name += item.substr(0, open);
    if (open == item.npos) break;
    const auto close = item.find(']', open);
    if (close == item.npos) return false;
    std::vector<std::string> numbers;
    for (const auto range : items_of(item.substr(open + 1, close - open - 1)))
      if (!expand_range(range, numbers)) return false;
    if (numbers.empty() || found.size() > most_nodes / numbers.size()) return false;
    std::vector<std::string> more;
    for (const auto& name : found)
      for (const auto& number : numbers) more.push_back(name + number);
    found = std::move(more);
    item.remove_prefix(close + 1);
  }
  names.insert(names.end(), found.begin(), found.end());
  return names.size() <= most_nodes;
}

/// Of a task that srun has started, or of the batch script. Without CPUs per task srun counts one for each
/// task, whatever it gives them; behind mpirun the number is that of another node.
std::optional<std::uint32_t> cpus_of_step(const Environment& environment) {
  if (environment("SLURM_CPUS_PER_TASK").empty() || !environment("OMPI_COMM_WORLD_SIZE").empty())
    return std::nullopt;
  const auto cpus = whole(environment("SLURM_CPUS_ON_NODE"));
  return cpus && *cpus > 0 ? cpus : std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> expand_node_list(std::string_view text) {
  std::vector<std::string> names;
  for (const auto item : items_of(text))
    if (item.empty() || !expand_item(item, names)) return std::nullopt;
  return names;
}

std::optional<std::vector<std::uint32_t>> expand_counts(std::string_view text) {
  std::vector<std::uint32_t> counts;
  for (const auto item : items_of(text)) {
    const auto open = item.find("(x");
    const auto count = whole(item.substr(0, open));
    std::optional<std::uint32_t> times{1};
    if (open != item.npos) {
      if (item.back() != ')') return std::nullopt;
      times = whole(item.substr(open + 2, item.size() - open - 3));
    }
    if (!count || !times || *times > most_nodes - counts.size()) return std::nullopt;
    counts.insert(counts.end(), *times, *count);
  }
  return counts;
}

std::optional<std::uint32_t> Allocation::cpus_here() const {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) { return node.name == here; });
  if (found == nodes.end() || found->cpus == 0) return std::nullopt;
  return std::min(found->cpus, step_cpus.value_or(found->cpus));
}

std::optional<Allocation> allocation_from(const Environment& environment) {
  Allocation allocation;
  allocation.job_id = environment("SLURM_JOB_ID");
  const auto names = expand_node_list(environment("SLURM_JOB_NODELIST"));
  if (allocation.job_id.empty() || !names || names->empty()) return std::nullopt;
  const auto counts = expand_counts(environment("SLURM_JOB_CPUS_PER_NODE"));
  const bool told = counts && counts->size() == names->size();
  for (std::size_t k = 0; k < names->size(); ++k)
    allocation.nodes.push_back({(*names)[k], told ? (*counts)[k] : 0});
  // Set by the daemon of the node, so that it holds behind mpirun, too; SLURM_NODEID counts within a step.
  allocation.here = environment("SLURMD_NODENAME");
  allocation.step_cpus = cpus_of_step(environment);
  return allocation;
}

std::optional<Allocation> read_allocation() {
  return allocation_from([](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  });
}

}  // namespace tranche::slurm
