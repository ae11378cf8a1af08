#include "tranche/campaign/row_codec.hpp"

#include <catch2/catch.hpp>

#include "store_fixture.hpp"
#include "tranche/store/stage_reader.hpp"

using namespace tranche;
using namespace tranche::store;

TEST_CASE("what the codec packs is what a reader of the file finds, with the same checksum") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  const campaign::RowCodec codec{layout.spec};
  std::vector<std::byte> row(codec.row_bytes());
  const std::vector<double> values{1e40, 1e41, 0.0, 1e43, 1e44, 2.5};
  REQUIRE(codec.encode(values, row).ok);
  const double meta[2] = {12, 1e-9};
  std::memcpy(row.data() + codec.output_bytes(), meta, sizeof meta);
  const std::uint64_t checksum = codec.checksum(std::span{row}.first(codec.output_bytes()));

  StageFile file = StageFile::open(MPI_COMM_SELF, directory.str(), layout);
  RowTiles tiles{row_field_bytes(layout.spec)};
  tiles.add(42, row);
  file.write_rows(tiles);
  file.flush();
  file.close();

  const StageReader reader = StageReader::open(directory.str(), layout);
  float sed[5];
  double flux[1];
  double residual[1];
  reader.read_output(0, {42, 43}, std::as_writable_bytes(std::span{sed}));
  reader.read_output(1, {42, 43}, std::as_writable_bytes(std::span{flux}));
  reader.read_meta(1, {42, 43}, residual);
  CHECK(sed[0] == 40.0F);
  CHECK(sed[2] == -60.0F);
  CHECK(flux[0] == 2.5);
  CHECK(residual[0] == 1e-9);
  std::vector<std::byte> again(codec.output_bytes());
  std::memcpy(again.data(), sed, sizeof sed);
  std::memcpy(again.data() + sizeof sed, flux, sizeof flux);
  CHECK(codec.checksum(again) == checksum);
}
