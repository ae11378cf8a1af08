#include "blas.hpp"

#include <catch2/catch.hpp>

using namespace tranche::trainer;

TEST_CASE("the reference BLAS is named, with the package that ends it") {
  const auto warning = blas_warning("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0");
  REQUIRE(warning);
  CHECK(warning->find("libblas.so.3.11.0") != std::string::npos);
  CHECK(warning->find("apt-get install libopenblas0") != std::string::npos);
}

TEST_CASE("fast libraries, and none at all, are no reason to warn") {
  for (const char* file : {"/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3",
                           "/opt/mkl/libmkl_rt.so.2", "/usr/lib/libblis.so.4", ""})
    CHECK_FALSE(blas_warning(file));
}

TEST_CASE("this program's own library is found") {
  const auto file = blas_file();
  CHECK_FALSE(file.empty());
  CHECK(file.front() == '/');
}
