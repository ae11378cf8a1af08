// surrogate_to_onnx SURROGATE MODEL POINTS VALUES
//
// For onnx_test.py: writes the surrogate as an ONNX model, and what the plain evaluation gives at the points.
// POINTS: float64, row by row, as many columns as the surrogate has inputs. VALUES: likewise.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "tranche/exchange/onnx.hpp"

int main(int count, char** words) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  if (count != 5) return EXIT_FAILURE;
  const auto surrogate = tranche::surrogate::load(words[1]);
  tranche::exchange::write_onnx(surrogate, words[2]);
  std::ifstream points{words[3], std::ios::binary};
  std::vector<char> bytes{std::istreambuf_iterator<char>{points}, {}};
  const auto columns = static_cast<Eigen::Index>(surrogate.inputs.size());
  const auto rows = static_cast<Eigen::Index>(bytes.size() / sizeof(double)) / columns;
  RowMajor x(rows, columns);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(x.data()));
  const RowMajor y = surrogate.evaluate(x);
  std::ofstream values{words[4], std::ios::binary};
  values.write(reinterpret_cast<const char*>(y.data()),
               static_cast<std::streamsize>(static_cast<std::size_t>(y.size()) * sizeof(double)));
  return values.flush() ? EXIT_SUCCESS : EXIT_FAILURE;
}
