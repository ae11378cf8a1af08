#include "tranche/simulate/foreground.hpp"

#include <poll.h>

#include <cstring>

namespace tranche::simulate {
namespace {

template <typename Real>
void append(std::span<const std::byte> field, std::vector<double>& out) {
  for (std::size_t at = 0; at + sizeof(Real) <= field.size(); at += sizeof(Real)) {
    Real value;
    std::memcpy(&value, field.data() + at, sizeof value);
    out.push_back(static_cast<double>(value));
  }
}

}  // namespace

std::vector<double> stored_values(const campaign::CampaignSpec& spec, std::span<const std::byte> row) {
  const campaign::RowCodec codec{spec};
  std::vector<double> values;
  for (std::size_t k = 0; k < spec.outputs.size(); ++k) {
    const auto field = row.subspan(codec.fields()[k].offset, codec.fields()[k].bytes);
    if (spec.outputs[k].type == campaign::StoredType::float32)
      append<float>(field, values);
    else
      append<double>(field, values);
  }
  return values;
}

ForegroundRun run_one(SimulatorHost& host, const campaign::CampaignSpec& spec, const Task& task) {
  std::vector<Finished> finished;
  host.submit(task);
  while (true) {
    host.poll(finished);
    if (!finished.empty()) break;
    pollfd wanted{host.wake_fd(), POLLIN, 0};
    ::poll(&wanted, 1, 100);
  }
  const Finished& run = finished.front();
  ForegroundRun result{run.record, {}, {}};
  if (run.record.state == SampleState::ok) {
    const campaign::RowCodec codec{spec};
    result.values = stored_values(spec, run.row);
    append<double>(run.row.subspan(codec.output_bytes()), result.meta);
  }
  host.release(run.ticket);
  return result;
}

}  // namespace tranche::simulate
