#include "variables.hpp"

#include <unistd.h>

#include <algorithm>
#include <clocale>

extern char** environ;

namespace tranche::simulate {

Variables::Variables() : before_{environ}, locale_{std::setlocale(LC_ALL, nullptr)} {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) wanted_.push_back(*entry);
  wanted_.push_back(nullptr);
  present_ = wanted_;
  environ = present_.data();
}

Variables::~Variables() {
  environ = before_;
}

void Variables::restore() {
  if (environ != present_.data() || present_ != wanted_) {
    present_ = wanted_;
    environ = present_.data();
  }
  if (::uselocale(nullptr) != LC_GLOBAL_LOCALE) ::uselocale(LC_GLOBAL_LOCALE);
  if (locale_ != std::setlocale(LC_ALL, nullptr)) std::setlocale(LC_ALL, locale_.c_str());
}

}  // namespace tranche::simulate
