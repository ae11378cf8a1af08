#include "torchscript_source.hpp"

#include <variant>

namespace tranche::trainer {
namespace {

using learn::Activation;

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

/// One layer after the other; `h` is what flows.
class MemberSource {
 public:
  MemberSource(const surrogate::Member& member, std::size_t which, std::size_t inputs)
      : member_{member}, which_{which}, shape_{1, inputs} {}

  std::string text() {
    const auto name = "m" + number(which_);
    lines_ = "def " + name + "(self, u):\n  h = u.float()\n";
    const auto& spec = member_.network.spec();
    const auto shapes = std::get<std::vector<learn::Shape>>(learn::shapes_of(spec, shape_.size()));
    for (layer_ = 0; layer_ < spec.layers.size(); ++layer_) {
      std::visit([this](const auto& layer) { add(layer); }, spec.layers[layer_]);
      shape_ = shapes[layer_];
    }
    line("z = h.flatten(1).double()");
    line("y = torch.matmul(z, self." + name + "_decoder) + self." + name + "_mean");
    if (member_.targets.coefficients.rows() > 0) {
      line("v = torch.cat([torch.ones_like(u[:, :1]), u], 1)");
      for (const char* k : {"0", "1", "2"})
        line(std::string{"f"} + k + " = torch.index_select(v, 1, self." + name + "_powers[:, " + k + "])");
      line("y = y + torch.matmul(f0 * f1 * f2, self." + name + "_coefficients)");
    }
    line("return y");
    return lines_ + "\n";
  }

 private:
  void line(const std::string& text) { lines_ += "  " + text + "\n"; }
  std::string tensor(const char* kind) const { return "self." + tensor_name(which_, kind, layer_); }
  std::string weights() const { return tensor("weight") + ", " + tensor("bias"); }
  void in_channels() {
    line("h = h.reshape([h.size(0), " + number(shape_.channels) + ", " + number(shape_.length) + "])");
  }

  void activate(Activation activation) {
    switch (activation) {
      case Activation::identity:
        return;
      case Activation::relu:
        return line("h = torch.relu(h)");
      case Activation::tanh:
        return line("h = torch.tanh(h)");
      case Activation::atan:
        return line("h = torch.atan(h)");
      case Activation::gelu:
        return line("h = torch.gelu(h)");
      case Activation::silu:
        return line("h = torch.silu(h)");
      case Activation::gate:
        return line("h = (" + tensor("beta") + " + torch.sigmoid(" + tensor("alpha") + " * h) * (1.0 - " +
                    tensor("beta") + ")) * h");
    }
  }

  void add(const learn::Linear& layer) {
    line("h = torch.linear(h.flatten(1), " + weights() + ")");
    activate(layer.activation);
  }
  void add(const learn::Residual& layer) {
    line("g = h.flatten(1)");
    line("h = torch.linear(g, " + weights() + ")");
    activate(layer.activation);
    line("h = g + h");
  }
  void add(const learn::Reshape& layer) {
    shape_ = layer.shape;
    in_channels();
  }
  void add(const learn::Conv& layer) {
    in_channels();
    line("h = torch.conv1d(h, " + weights() + ", [1], [" + number(layer.kernel / 2) + "])");
    activate(layer.activation);
  }
  void add(const learn::Transposed& layer) {
    in_channels();
    line("h = torch.conv_transpose1d(h, " + weights() + ", [" + number(layer.stride) + "], [" +
         number((layer.kernel - layer.stride + 1) / 2) + "], [" + number((layer.kernel - layer.stride) % 2) +
         "])");
    activate(layer.activation);
  }
  void add(const learn::Upsample& layer) {
    in_channels();
    line("h = torch.repeat_interleave(h, " + number(layer.factor) + ", 2)");
  }
  void add(const learn::Dropout&) {}

  const surrogate::Member& member_;
  std::size_t which_;
  std::size_t layer_ = 0;
  learn::Shape shape_;
  std::string lines_;
};

}  // namespace

std::string tensor_name(std::size_t member, const char* kind, std::size_t layer) {
  return "m" + number(member) + "_" + kind + number(layer);
}

std::string torchscript_source(const surrogate::Surrogate& model) {
  std::string source;
  for (std::size_t k = 0; k < model.members.size(); ++k)
    source += MemberSource{model.members[k], k, model.inputs.size()}.text();
  // A logarithm is taken only where it is meant: elsewhere its derivative would be no number.
  source +=
      "def forward(self, x):\n"
      "  x = x.double()\n"
      "  one = torch.ones_like(x)\n"
      "  t = torch.where(self.logarithmic, torch.log(torch.where(self.logarithmic, x, one)), x)\n"
      "  u = (t - self.begin) * self.factor + self.offset\n"
      "  y = self.m0(u)\n";
  for (std::size_t k = 1; k < model.members.size(); ++k) source += "  y = y + self.m" + number(k) + "(u)\n";
  return source + "  return y / " + number(model.members.size()) + ".0\n";
}

std::vector<std::int64_t> monomial_factors(learn::Baseline baseline, std::uint64_t inputs) {
  std::vector<std::int64_t> all;
  const auto add = [&all](std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    for (const auto each : {a, b, c}) all.push_back(static_cast<std::int64_t>(each));
  };
  if (baseline == learn::Baseline::off) return all;
  add(0, 0, 0);
  for (std::uint64_t i = 1; i <= inputs; ++i) add(0, 0, i);
  if (baseline == learn::Baseline::linear) return all;
  for (std::uint64_t i = 1; i <= inputs; ++i)
    for (std::uint64_t j = i; j <= inputs; ++j) {
      add(0, i, j);
      for (std::uint64_t k = j; k <= inputs; ++k) add(i, j, k);
    }
  return all;
}

}  // namespace tranche::trainer
