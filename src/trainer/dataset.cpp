#include "dataset.hpp"

#include <algorithm>
#include <filesystem>

#include "tranche/base/errors.hpp"
#include "tranche/inspect/output_view.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::trainer {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::uint64_t page_rows = 65'536;

/// Rows grow at the end of one buffer: as many columns as one sample has numbers.
struct Rows {
  std::size_t width = 0;
  std::vector<double> values;

  Eigen::MatrixXd matrix() const {
    return Eigen::Map<const RowMajor>(values.data(), static_cast<Eigen::Index>(values.size() / width),
                                      static_cast<Eigen::Index>(width));
  }
};

class Collector {
 public:
  Collector(const inspect::CampaignView& view, std::size_t output)
      : view_{view}, output_{output}, x_{view.spec.parameters.size(), {}}, y_{view.spec.outputs[output].size, {}} {}

  void add(const campaign::Stage& stage) {
    const auto reader = store::StageReader::open(view_.paths.root().string(), view_.layout(stage.key));
    for (auto begin = stage.range.begin; begin < stage.range.end; begin += page_rows)
      add_page(reader, {begin, std::min(begin + page_rows, stage.range.end)});
    const auto seal = reader.seal();
    dataset_.stages += (dataset_.stages.empty() ? "" : ", ") + stage.name;
    dataset_.digest += (dataset_.digest.empty() ? "" : ", ") + (seal.generation > 0 ? seal.digest : "open");
  }

  Dataset take() {
    if (dataset_.index.empty())
      throw Failure{ExitCode::usage, "no sample is ok yet: there is nothing to learn from", "tranche run"};
    dataset_.x = x_.matrix();
    dataset_.y = y_.matrix();
    return std::move(dataset_);
  }

 private:
  void add_page(const store::StageReader& reader, IndexRange rows) {
    const auto& output = view_.spec.outputs[output_];
    const auto count = static_cast<std::size_t>(rows.size());
    const std::size_t element = output.type == campaign::StoredType::float32 ? 4 : 8;
    std::vector<std::uint8_t> states(count);
    std::vector<double> parameters(count * x_.width);
    std::vector<std::byte> bytes(count * y_.width * element);
    reader.read_states(rows, states);
    reader.read_parameters(rows, parameters);
    reader.read_output(output_, rows, bytes);
    const auto numbers = inspect::stored_numbers(output, bytes);
    for (std::size_t k = 0; k < count; ++k) {
      if (states[k] != static_cast<std::uint8_t>(SampleState::ok)) continue;
      dataset_.index.push_back(rows.begin + k);
      const auto copy = [k](const std::vector<double>& from, Rows& to) {
        const auto first = from.begin() + static_cast<std::ptrdiff_t>(k * to.width);
        to.values.insert(to.values.end(), first, first + static_cast<std::ptrdiff_t>(to.width));
      };
      copy(parameters, x_);
      copy(numbers, y_);
    }
  }

  const inspect::CampaignView& view_;
  std::size_t output_;
  Rows x_;
  Rows y_;
  Dataset dataset_;
};

}  // namespace

Dataset read_dataset(const inspect::CampaignView& view, std::size_t output, std::optional<std::uint8_t> last) {
  if (!view.lock) throw Failure{ExitCode::usage, "the campaign has not begun", "tranche run"};
  Collector collector{view, output};
  for (const auto& stage : view.plan.stages()) {
    if (last && stage.key.stage > *last) break;
    const auto file = view.paths.store() / ("r1.s" + std::to_string(stage.key.stage) + ".h5");
    if (std::filesystem::exists(file)) collector.add(stage);
  }
  return collector.take();
}

}  // namespace tranche::trainer
