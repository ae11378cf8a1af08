#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "tranche/base/errors.hpp"
#include "tranche/surrogate.h"
#include "tranche/surrogate/predictor.hpp"

namespace {

using tranche::ExitCode;
using tranche::Failure;
using tranche::surrogate::Input;
using tranche::surrogate::Predictor;
using tranche::surrogate::Surrogate;

static_assert(TRANCHE_SURROGATE_OK == static_cast<int>(ExitCode::done));
static_assert(TRANCHE_SURROGATE_UNEXPECTED == static_cast<int>(ExitCode::unexpected));
static_assert(TRANCHE_SURROGATE_USAGE == static_cast<int>(ExitCode::usage));
static_assert(TRANCHE_SURROGATE_IO == static_cast<int>(ExitCode::environment));
static_assert(TRANCHE_SURROGATE_DAMAGED == static_cast<int>(ExitCode::damaged));
static_assert(TRANCHE_SURROGATE_EXCLUDED == tranche::surrogate::excluded_flag);

thread_local std::string last_error;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): as errno

int refuse(const std::string& text) {
  last_error = text;
  return TRANCHE_SURROGATE_USAGE;
}

/// Exceptions end here: the caller may be C.
template <class Work>
int guarded(Work work) noexcept {
  try {
    work();
    return TRANCHE_SURROGATE_OK;
  } catch (const Failure& failure) {
    last_error = failure.what();
    if (!failure.fix().empty()) last_error += " (" + failure.fix() + ')';
    return static_cast<int>(failure.code());
  } catch (const std::exception& error) {
    last_error = error.what();
    return TRANCHE_SURROGATE_UNEXPECTED;
  }
}

const char* scale_name(Input::Scale scale) {
  switch (scale) {
    case Input::Scale::linear:
      return "linear";
    case Input::Scale::log:
      return "log";
    case Input::Scale::integer:
      return "integer";
    case Input::Scale::levels:
      break;
  }
  return "levels";
}

tranche_surrogate_input described(const Input& input) {
  return {sizeof(tranche_surrogate_input), input.name.c_str(), input.unit.c_str(),
          scale_name(input.scale),         input.lo,           input.hi};
}

std::string provenance_text(const Surrogate& surrogate) {
  const auto& from = surrogate.provenance;
  std::ostringstream text;
  text << "model: " << from.model << "\ncampaign: " << from.campaign << "\ncampaign_id: " << from.campaign_id
       << "\nstages: " << from.stages << "\nstore_digest: " << from.store_digest
       << "\nsimulator_digest: " << from.simulator_digest << "\ntranche_version: " << from.tranche_version
       << "\nsamples: " << from.samples << "\nheld_out: " << from.held_out
       << "\nhold_out_share: " << from.hold_out_share << "\ntraining_cpu_s: " << from.training_cpu_s
       << "\nsimulation_core_s: " << from.simulation_core_s << "\nsettings: " << from.settings << '\n';
  return text.str();
}

/// HDF5 is not built for threads.
std::mutex& opening() {
  static std::mutex lock;
  return lock;
}

}  // namespace

struct tranche_surrogate {
  tranche_surrogate(Surrogate loaded, std::vector<tranche::surrogate::Binding> bindings)
      : predictor{std::move(loaded), std::move(bindings)},
        provenance{provenance_text(predictor.surrogate())} {
    describe_inputs();
    const auto& surrogate = predictor.surrogate();
    for (const auto& axis : surrogate.axes)
      axes.push_back({sizeof(tranche_surrogate_axis), axis.name.c_str(), axis.unit.c_str(),
                      axis.values.size(), axis.values.data()});
    for (const auto& constraint : surrogate.constraints) constraints.push_back(constraint.c_str());
    const bool ensemble = surrogate.members.size() > 1;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto& accuracy = surrogate.accuracy;
    info = {sizeof info,
            inputs.size(),
            inputs.data(),
            network_inputs.size(),
            network_inputs.data(),
            surrogate.output.c_str(),
            surrogate.output_unit.c_str(),
            surrogate.log10 ? 1 : 0,
            surrogate.points(),
            axes.size(),
            axes.data(),
            surrogate.members.size(),
            ensemble ? surrogate.coverage_1 : nan,
            ensemble ? surrogate.coverage_2 : nan,
            {sizeof(tranche_surrogate_accuracy), accuracy.r2, accuracy.mean, accuracy.median, accuracy.p95,
             accuracy.p99, accuracy.max},
            constraints.size(),
            constraints.data(),
            predictor.unchecked().size(),
            provenance.c_str(),
            predictor.cpu()};
  }
  tranche_surrogate(const tranche_surrogate&) = delete;
  tranche_surrogate& operator=(const tranche_surrogate&) = delete;

  void describe_inputs() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const auto& input : predictor.surrogate().inputs) network_inputs.push_back(described(input));
    const auto& free = predictor.free_inputs();
    for (std::size_t k = 0; k < free.names().size(); ++k) {
      const int place = free.input_of(k);
      if (place >= 0)
        inputs.push_back(network_inputs[static_cast<std::size_t>(place)]);
      else
        inputs.push_back({sizeof(tranche_surrogate_input), free.names()[k].c_str(), "", "", nan, nan});
    }
  }

  Predictor predictor;
  std::string provenance;
  std::vector<tranche_surrogate_input> inputs;
  std::vector<tranche_surrogate_input> network_inputs;
  std::vector<tranche_surrogate_axis> axes;
  std::vector<const char*> constraints;
  tranche_surrogate_info info{};
};

extern "C" {

unsigned tranche_surrogate_abi(void) {
  return TRANCHE_SURROGATE_ABI;
}

int tranche_surrogate_open(const char* path, size_t n_bindings, const char* const* bindings,
                           tranche_surrogate** surrogate) {
  if (surrogate == nullptr) return refuse("tranche_surrogate_open: no place for the handle");
  *surrogate = nullptr;
  if (path == nullptr || (n_bindings > 0 && bindings == nullptr))
    return refuse("tranche_surrogate_open: a null pointer");
  return guarded([&] {
    std::vector<tranche::surrogate::Binding> list;
    for (size_t k = 0; k < n_bindings; ++k) list.push_back(tranche::surrogate::parse_binding(bindings[k]));
    const std::lock_guard turn{opening()};
    *surrogate = new tranche_surrogate{tranche::surrogate::load(path), std::move(list)};
  });
}

void tranche_surrogate_close(tranche_surrogate* surrogate) {
  delete surrogate;
}

const char* tranche_surrogate_error(void) {
  return last_error.c_str();
}

const tranche_surrogate_info* tranche_surrogate_describe(const tranche_surrogate* surrogate) {
  return surrogate == nullptr ? nullptr : &surrogate->info;
}

int tranche_surrogate_evaluate(const tranche_surrogate* surrogate, size_t n, const double* x,
                               unsigned options, double* values, double* errors, uint64_t* flags) {
  if (surrogate == nullptr ||
      (n > 0 && (values == nullptr || (x == nullptr && surrogate->info.n_inputs > 0))))
    return refuse("tranche_surrogate_evaluate: a null pointer");
  if ((options & ~static_cast<unsigned>(TRANCHE_SURROGATE_LINEAR)) != 0)
    return refuse("tranche_surrogate_evaluate: unknown options " + std::to_string(options));
  const auto form = (options & TRANCHE_SURROGATE_LINEAR) != 0 ? tranche::surrogate::Form::linear
                                                              : tranche::surrogate::Form::stored;
  return guarded([&] { surrogate->predictor.evaluate(x, n, form, values, errors, flags); });
}

int tranche_surrogate_expand(const tranche_surrogate* surrogate, size_t n, const double* x,
                             double* network_inputs) {
  if (surrogate == nullptr ||
      (n > 0 && (network_inputs == nullptr || (x == nullptr && surrogate->info.n_inputs > 0))))
    return refuse("tranche_surrogate_expand: a null pointer");
  return guarded([&] { surrogate->predictor.expand(x, n, network_inputs); });
}

}  // extern "C"
