#include "tranche/directory/quota.hpp"

#include <catch2/catch.hpp>

using tranche::directory::parse_lfs_quota;
using tranche::directory::Quota;
using tranche::directory::quota_of;

TEST_CASE("what Lustre says of a quota") {
  const auto quota = parse_lfs_quota("    /lustre/home 400 1000 1200 - 12 0 0 -\n");
  REQUIRE(quota);
  CHECK(quota->used_bytes == 400 * 1024);
  CHECK(quota->limit_bytes == 1000 * 1024);  // the soft limit: beyond it, time runs
  CHECK(quota->left_bytes() == 600 * 1024);
}

TEST_CASE("a Lustre quota that is exceeded leaves nothing") {
  const auto quota = parse_lfs_quota("/lustre/home 1300* 0 1200 6d23h 12 0 0 -\n");
  REQUIRE(quota);
  CHECK(quota->left_bytes() == 0);
}

TEST_CASE("no limit, and text of another form, are no quota") {
  CHECK_FALSE(parse_lfs_quota("/lustre/home 400 0 0 - 12 0 0 -\n"));
  CHECK_FALSE(parse_lfs_quota("lfs: cannot resolve path\n"));
  CHECK_FALSE(parse_lfs_quota("/lustre/home 4x0 1000 1200 - 12 0 0 -\n"));
  CHECK_FALSE(parse_lfs_quota(""));
}

TEST_CASE("a folder that is not there has no quota") {
  CHECK_FALSE(quota_of("/nowhere/at/all"));
}
