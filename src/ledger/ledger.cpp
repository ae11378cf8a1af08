#include "tranche/ledger/ledger.hpp"

#include "ledger_impl.hpp"

namespace tranche::ledger {

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

Ledger Ledger::open(const std::string& path, std::string owner_nonce, std::chrono::milliseconds wait) {
  return Ledger{std::make_unique<Impl>(path, Connection::Owner{std::move(owner_nonce)}, wait)};
}

Ledger Ledger::open_to_read(const std::string& path, std::chrono::milliseconds wait) {
  return Ledger{std::make_unique<Impl>(path, Connection::Reader{}, wait)};
}

}  // namespace tranche::ledger
