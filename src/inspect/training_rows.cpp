#include "tranche/inspect/training_rows.hpp"

#include <algorithm>
#include <filesystem>

#include "tranche/base/errors.hpp"
#include "tranche/base/sample_state.hpp"
#include "tranche/inspect/output_view.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::inspect {
namespace {

/// Positions in the page of the rows that are asked for.
std::vector<std::size_t> wanted_rows(const store::StageReader& reader, IndexRange rows,
                                     const RowQuestion& question) {
  std::vector<std::uint8_t> states(rows.size());
  reader.read_states(rows, states);
  std::vector<std::size_t> wanted;
  for (std::size_t k = 0; k < states.size(); ++k)
    if (states[k] == static_cast<std::uint8_t>(SampleState::ok) &&
        (!question.wanted || question.wanted(rows.begin + k)))
      wanted.push_back(k);
  return wanted;
}

/// Rows of `width` numbers.
std::vector<double> picked(const std::vector<double>& page, std::size_t width,
                           const std::vector<std::size_t>& rows) {
  std::vector<double> values(rows.size() * width);
  for (std::size_t k = 0; k < rows.size(); ++k)
    std::copy_n(page.data() + rows[k] * width, width, values.data() + k * width);
  return values;
}

RowBlock read_block(const store::StageReader& reader, const campaign::CampaignSpec& spec, IndexRange rows,
                    const RowQuestion& question) {
  RowBlock block;
  const auto wanted = wanted_rows(reader, rows, question);
  if (wanted.empty()) return block;
  for (const std::size_t k : wanted) block.index.push_back(rows.begin + k);
  std::vector<double> parameters(rows.size() * spec.parameters.size());
  reader.read_parameters(rows, parameters);
  block.x = picked(parameters, spec.parameters.size(), wanted);
  const auto& output = spec.outputs.at(question.output);
  const std::size_t element = output.type == campaign::StoredType::float32 ? sizeof(float) : sizeof(double);
  std::vector<std::byte> bytes(rows.size() * output.size * element);
  reader.read_output(question.output, rows, bytes);
  block.y = picked(stored_numbers(output, bytes), output.size, wanted);
  return block;
}

void append(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

}  // namespace

RowSources visit_ok_rows(const CampaignView& view, const RowQuestion& question,
                         const std::function<void(const RowBlock&)>& visit) {
  if (!view.lock) throw Failure{ExitCode::usage, "the campaign has not begun", "tranche run"};
  RowSources sources;
  for (const auto& stage : view.plan.stages()) {
    if (question.last_stage && stage.key.stage > *question.last_stage) break;
    const auto layout = view.layout(stage.key);
    if (!std::filesystem::exists(view.paths.store() / layout.file_name())) continue;
    const auto reader = store::StageReader::open(view.paths.root().string(), layout);
    for (auto begin = stage.range.begin; begin < stage.range.end; begin += question.block_rows) {
      const IndexRange rows{begin, std::min(begin + question.block_rows, stage.range.end)};
      const auto block = read_block(reader, view.spec, rows, question);
      if (!block.index.empty()) visit(block);
    }
    const auto seal = reader.seal();
    append(sources.stages, stage.name);
    append(sources.digest, seal.generation > 0 ? seal.digest : "open");
  }
  return sources;
}

}  // namespace tranche::inspect
