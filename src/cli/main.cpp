// tranche: the command of people. It never calls MPI_Init.
#include <cerrno>
#include <csignal>
#include <iostream>

#include "application.hpp"

int main(int argc, char** argv) {
  // A reader that has seen enough (`tranche status | head`) is no error.
  std::signal(SIGPIPE, SIG_DFL);
  tranche::cli::Context context{std::cout, std::cerr};
  return tranche::cli::run_application({argv, static_cast<std::size_t>(argc)}, context);
}
