/// \file
/// The SSC model behind tranche's plug-in interface (include/tranche/plugin.h, ABI 1).
///
/// Parameters, by name and in any order: delta, R [cm], B [G], p, gamma_min, gamma_max, L_e [erg s-1], all
/// linear. Two more are optional and usually constants: `pairs` (not 0: pair production) and
/// `max_iterations`. Other names are ignored. Output: one array, nu L_nu [erg s-1], boosted, at redshift 0,
/// on its only axis, a frequency in Hz.

#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "ssc/solver.hpp"
#include "tranche/plugin.h"

namespace {

struct MetaField {
  char const* name;
  double (*read)(ssc::Diagnostics const&);
};

constexpr std::array<MetaField, 15> meta_fields{{
    {"iterations", [](ssc::Diagnostics const& d) { return static_cast<double>(d.iterations); }},
    {"residual", [](ssc::Diagnostics const& d) { return d.residual; }},
    {"compactness", [](ssc::Diagnostics const& d) { return d.compactness; }},
    {"compton_y", [](ssc::Diagnostics const& d) { return d.compton_y; }},
    {"energy_budget", [](ssc::Diagnostics const& d) { return d.energy_budget; }},
    {"injected_power", [](ssc::Diagnostics const& d) { return d.injected_power; }},
    {"synchrotron_power", [](ssc::Diagnostics const& d) { return d.synchrotron_power; }},
    {"compton_power", [](ssc::Diagnostics const& d) { return d.compton_power; }},
    {"escaping_power", [](ssc::Diagnostics const& d) { return d.escaping_power; }},
    {"leaving_power", [](ssc::Diagnostics const& d) { return d.leaving_power; }},
    {"pair_power", [](ssc::Diagnostics const& d) { return d.pair_power; }},
    {"u_b", [](ssc::Diagnostics const& d) { return d.u_b; }},
    {"u_syn", [](ssc::Diagnostics const& d) { return d.u_syn; }},
    {"u_ic", [](ssc::Diagnostics const& d) { return d.u_ic; }},
    {"tau_ssa_peak", [](ssc::Diagnostics const& d) { return d.tau_ssa_peak; }},
}};

/// Where things stand in the host's arrays; read once, so that a sample only indexes.
struct Layout {
  std::array<std::size_t, 7> x{};  ///< in the order of ssc::parameter_fields
  std::optional<std::size_t> pairs;
  std::optional<std::size_t> max_iterations;
  std::vector<MetaField const*> meta;  ///< nullptr for a name this model does not report
  std::span<double const> nu;          ///< empty if the campaign keeps no output
};

struct Slot {
  ssc::Tables const* tables;
  Layout layout;
};

std::optional<std::size_t> find(char const* const* names, std::size_t count, char const* name) {
  for (std::size_t i = 0; i < count; ++i)
    if (std::strcmp(names[i], name) == 0) return i;
  return std::nullopt;
}

void read_parameters(tranche_info const& info, Layout& layout) {
  std::string missing;
  std::size_t k = 0;
  for (ssc::ParameterField const& field : ssc::parameter_fields()) {
    auto const at = find(info.x_names, info.n_x, field.name);
    if (at)
      layout.x[k] = *at;
    else
      missing += (missing.empty() ? "" : ", ") + std::string(field.name);
    ++k;
  }
  if (!missing.empty())
    throw std::runtime_error(
        "missing parameter: " + missing +
        " (needed: delta, R, B, p, gamma_min, gamma_max, L_e, all linear; declare them under "
        "parameters, constants or derived)");
  layout.pairs = find(info.x_names, info.n_x, "pairs");
  layout.max_iterations = find(info.x_names, info.n_x, "max_iterations");
}

void read_output(tranche_info const& info, Layout& layout) {
  if (info.n_outputs == 0) return;
  tranche_output const& output = info.outputs[0];
  if (info.n_outputs > 1)
    throw std::runtime_error("the model fills one output, nu L_nu in erg s-1; the campaign declares " +
                             std::to_string(info.n_outputs));
  if (output.n_axes != 1 || info.axes[output.axes[0]].n != output.n)
    throw std::runtime_error("output " + std::string(output.name) + " needs one axis, the frequency in Hz");
  tranche_axis const& axis = info.axes[output.axes[0]];
  if (axis.unit == nullptr || std::strcmp(axis.unit, "Hz") != 0)
    throw std::runtime_error("axis " + std::string(axis.name) + " must have the unit Hz");
  layout.nu = {axis.values, axis.n};
}

Layout read_layout(tranche_info const& info) {
  if (info.abi != TRANCHE_ABI) throw std::runtime_error("host ABI " + std::to_string(info.abi) + " is not 1");
  Layout layout;
  read_parameters(info, layout);
  read_output(info, layout);
  for (std::size_t m = 0; m < info.n_meta; ++m) {
    MetaField const* known = nullptr;
    for (MetaField const& field : meta_fields)
      if (std::strcmp(field.name, info.meta_names[m]) == 0) known = &field;
    layout.meta.push_back(known);
  }
  return layout;
}

void explain(tranche_info const* info, char const* what) {
  if (info->message != nullptr && info->message_size > 0)
    std::snprintf(info->message, info->message_size, "ssc: %s", what);
}

int report(ssc::Failure const& failure, tranche_result& result) {
  std::snprintf(result.reason, sizeof result.reason, "%s", ssc::reason_name(failure.reason));
  std::snprintf(result.message, sizeof result.message, "%s", failure.message.c_str());
  return ssc::is_bad_point(failure.reason) ? TRANCHE_BAD_POINT : TRANCHE_FAILED;
}

int evaluate(Slot const& slot, tranche_task const& task, double* const* out, tranche_result& result) {
  Layout const& layout = slot.layout;
  ssc::Parameters parameters;
  for (std::size_t k = 0; k < layout.x.size(); ++k)
    parameters.*ssc::parameter_fields()[k].member = task.x[layout.x[k]];
  ssc::SolverOptions options;
  if (layout.pairs) options.pairs = task.x[*layout.pairs] != 0.0;
  if (layout.max_iterations) {
    double const cap = task.x[*layout.max_iterations];
    if (!(cap >= 1 && cap <= 1e6))
      return report({ssc::Reason::bad_parameter, "max_iterations is outside 1 .. 1e6"}, result);
    options.max_iterations = static_cast<int>(cap);
  }

  ssc::Outcome const outcome = ssc::solve(*slot.tables, parameters, options);
  if (auto const* failure = std::get_if<ssc::Failure>(&outcome)) return report(*failure, result);
  auto const& solution = std::get<ssc::Solution>(outcome);
  if (!layout.nu.empty())
    ssc::boosted_luminosity(*slot.tables, solution, parameters.delta, layout.nu, {out[0], layout.nu.size()});
  for (std::size_t m = 0; m < layout.meta.size() && m < result.n_meta; ++m)
    if (layout.meta[m] != nullptr) result.meta[m] = layout.meta[m]->read(solution.diagnostics);
  return TRANCHE_OK;
}

}  // namespace

extern "C" {

uint32_t tranche_abi(void) {
  return TRANCHE_ABI;
}

int tranche_load(const tranche_info* info, void** shared) {
  try {
    read_layout(*info);  // a campaign that cannot run is refused once, not by every slot
    // Constant and as long-lived as the process: the interface has no unload, and slots are forked from here.
    static ssc::Tables const tables;
    *shared = const_cast<ssc::Tables*>(&tables);  // the interface's void* only; never written through
    return 0;
  } catch (std::exception const& error) {
    explain(info, error.what());
    return 1;
  }
}

int tranche_open(const tranche_info* info, void* shared, void** state) {
  try {
    if (shared == nullptr) throw std::runtime_error("tranche_load has not run");
    *state = new Slot{static_cast<ssc::Tables const*>(shared), read_layout(*info)};
    return 0;
  } catch (std::exception const& error) {
    explain(info, error.what());
    return 1;
  }
}

int tranche_eval(void* state, const tranche_task* task, double* const* out, tranche_result* result) {
  try {
    return evaluate(*static_cast<Slot const*>(state), *task, out, *result);
  } catch (std::exception const& error) {  // nothing may pass the C boundary
    std::snprintf(result->reason, sizeof result->reason, "exception");
    std::snprintf(result->message, sizeof result->message, "%s", error.what());
    return TRANCHE_FAILED;
  }
}

void tranche_close(void* state) {
  delete static_cast<Slot*>(state);
}

}  // extern "C"
