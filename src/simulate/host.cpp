#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "captured_output.hpp"
#include "setup.hpp"
#include "slot_queue.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/simulate/simulator_host.hpp"
#include "zygote_link.hpp"

namespace tranche::simulate {
namespace {

constexpr std::uint64_t listen_interval_ns = 5'000'000;
constexpr std::uint64_t spread_interval_ns = 1'000'000;

/// The slots' files below scratch_dir, removed when the slots are gone.
struct Scratch {
  explicit Scratch(const HostOptions& options);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::vector<SlotFiles> files;
};

Scratch::Scratch(const HostOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.scratch_dir, error);
  if (error) throw IoError{"create " + options.scratch_dir + ": " + error.message()};
  for (std::uint32_t k = 0; k < options.slots; ++k) {
    const std::string base = options.scratch_dir + "/slot-" + std::to_string(k);
    files.push_back({base, open_captured(base + ".out"), open_captured(base + ".err")});
  }
}

Scratch::~Scratch() {
  std::error_code ignored;
  for (const SlotFiles& slot : files) {
    std::filesystem::remove_all(slot.rundir, ignored);
    std::filesystem::remove(slot.rundir + ".out", ignored);
    std::filesystem::remove(slot.rundir + ".err", ignored);
  }
}

FileDescriptor open_log(const HostOptions& options) {
  const std::string path = options.log_path.empty() ? options.scratch_dir + "/load.log" : options.log_path;
  return FileDescriptor{
      checked_fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666), "open " + path)};
}

HostOptions checked(HostOptions options) {
  ensure(options.slots > 0, "a host has at least one slot");
  // Slots change their directory: a relative path would lose its meaning there.
  for (std::string* path : {&options.scratch_dir, &options.plugin_path, &options.campaign_dir})
    *path = std::filesystem::absolute(*path).lexically_normal().string();
  return options;
}

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  checked_fd(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

}  // namespace

struct SimulatorHost::Impl {
  Impl(const campaign::CampaignSpec& spec_in, SampleInputs inputs_in, HostOptions options_in);

  std::size_t collect(std::vector<Finished>& out);
  void publish();
  void stir_zygote();
  void arm(std::vector<Finished>& out);
  void disarm();
  void spread();
  std::size_t mend(std::vector<Finished>& out);
  SlotQueue& least_loaded();
  bool all_ready() const;

  const campaign::CampaignSpec spec;
  const SampleInputs inputs;
  const HostOptions options;
  Scratch scratch;
  FileDescriptor log_fd;
  FileDescriptor event_fd;
  FileDescriptor epoll_fd;
  campaign::RowCodec codec;
  SharedMemory memory;
  Setup setup;
  ZygoteLink zygote;
  std::vector<SlotQueue> queues;
  std::vector<Task> moving;
  std::size_t in_flight = 0;
  std::size_t room = 0;
  bool started = false;
  bool armed = false;
  bool waited = false;             ///< the last poll() found nothing
  std::uint64_t signals_sent = 0;  ///< wake-ups that lie in the eventfd, or soon will
  std::vector<bool> distrusted;    ///< slots the zygote has been asked to kill
  std::uint64_t listened_ns = 0;
  std::uint64_t spread_ns = 0;
};

SimulatorHost::Impl::Impl(const campaign::CampaignSpec& spec_in, SampleInputs inputs_in,
                          HostOptions options_in)
    : spec{spec_in},
      inputs{std::move(inputs_in)},
      options{checked(std::move(options_in))},
      scratch{options},
      log_fd{open_log(options)},
      event_fd{checked_fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")},
      epoll_fd{checked_fd(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      codec{spec},
      memory{AreaLayout::choose(codec.row_bytes(), options.queue_depth), options.slots},
      setup{spec, inputs, options, codec, memory, scratch.files, event_fd.get(), log_fd.get()},
      zygote{setup} {
  watch(epoll_fd.get(), event_fd.get());
  watch(epoll_fd.get(), zygote.socket());
  zygote.wait_loaded(options.load_limit_s);
  for (std::uint32_t k = 0; k < options.slots; ++k) {
    queues.emplace_back(k, memory.slot(k), codec.output_bytes());
    room += queues.back().room();
  }
  distrusted.resize(options.slots);
}

bool SimulatorHost::Impl::all_ready() const {
  for (std::uint32_t k = 0; k < options.slots; ++k) {
    if (memory.slot(k).header->phase.load() != SlotPhase::ready) return false;
  }
  return true;
}

std::size_t SimulatorHost::Impl::collect(std::vector<Finished>& out) {
  std::size_t count = 0;
  for (SlotQueue& queue : queues) {
    const std::size_t before = queue.room();
    count += queue.collect(out);
    room += queue.room() - before;
  }
  in_flight -= count;
  return count;
}

/// A zygote without work sleeps without limit.
void SimulatorHost::Impl::stir_zygote() {
  auto& resting = memory.host().resting;
  if (resting.load(std::memory_order_seq_cst) == 0) return;
  if (resting.exchange(0, std::memory_order_seq_cst) != 0) zygote.send(ZygoteMessage::Kind::stir);
}

void SimulatorHost::Impl::publish() {
  bool any = false;
  for (SlotQueue& queue : queues) any = queue.publish() || any;
  if (any) stir_zygote();
}

/// Asks for a wake-up, then looks once more: a result from before the request would bring none.
void SimulatorHost::Impl::arm(std::vector<Finished>& out) {
  // Also if nothing was found twice in a row: user code may have made its slot send one too many.
  if (signals_sent > 0 || waited) {
    std::uint64_t signals = 0;
    if (::read(event_fd.get(), &signals, sizeof signals) > 0) signals_sent -= std::min(signals_sent, signals);
  }
  armed = true;
  memory.host().armed.store(1, std::memory_order_seq_cst);
  for (SlotQueue& queue : queues) queue.arm();
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (collect(out) > 0) disarm();
}

/// Who has taken the request has sent a wake-up, or is about to: the eventfd must be read some time.
void SimulatorHost::Impl::disarm() {
  if (!armed) return;
  armed = false;
  if (memory.host().armed.exchange(0, std::memory_order_seq_cst) == 0) ++signals_sent;
  for (SlotQueue& queue : queues) signals_sent += queue.disarm() ? 1 : 0;
}

/// User code has written to its slot's shared memory: the slot must go, then its queue is set up anew.
std::size_t SimulatorHost::Impl::mend(std::vector<Finished>& out) {
  std::size_t count = 0;
  for (std::uint32_t k = 0; k < queues.size(); ++k) {
    SlotVerdict& verdict = memory.verdict(k);
    if (verdict.damaged.load(std::memory_order_acquire) != 0) {
      const std::size_t before = queues[k].room();
      count += queues[k].mend(verdict.result, out);
      room += queues[k].room() - before;
      verdict.damaged.store(0, std::memory_order_release);
      distrusted[k] = false;
      zygote.send(ZygoteMessage::Kind::mended, k);
    } else if (!queues[k].trusted() && !distrusted[k]) {
      distrusted[k] = true;
      zygote.send(ZygoteMessage::Kind::distrust, k);
    }
  }
  in_flight -= count;
  return count;
}

SlotQueue& SimulatorHost::Impl::least_loaded() {
  SlotQueue* best = nullptr;
  for (SlotQueue& queue : queues) {
    if (queue.room() > 0 && (best == nullptr || queue.outstanding() < best->outstanding())) best = &queue;
  }
  ensure(best != nullptr, "submit needs room");
  return *best;
}

/// An idle slot takes over half of what waits behind the longest queue, e.g. behind a run that hangs.
void SimulatorHost::Impl::spread() {
  for (SlotQueue& idle : queues) {
    if (idle.outstanding() > 0 || idle.room() == 0) continue;
    auto& longest = *std::max_element(
        queues.begin(), queues.end(),
        [](const SlotQueue& a, const SlotQueue& b) { return a.outstanding() < b.outstanding(); });
    if (longest.outstanding() < 2) return;
    const auto half = std::min<std::size_t>(longest.outstanding() / 2, idle.room());
    moving.clear();
    longest.take_back(static_cast<std::uint32_t>(half), moving);
    for (auto task = moving.rbegin(); task != moving.rend(); ++task) idle.submit(*task);
    idle.publish();
    stir_zygote();
  }
}

SimulatorHost::SimulatorHost(const campaign::CampaignSpec& spec, SampleInputs inputs, HostOptions options)
    : impl_{std::make_unique<Impl>(spec, std::move(inputs), std::move(options))} {}

SimulatorHost::~SimulatorHost() = default;

void SimulatorHost::start() {
  Impl& self = *impl_;
  self.zygote.send(ZygoteMessage::Kind::start);
  self.started = true;
  std::vector<Finished> none;
  while (!self.all_ready()) {
    self.zygote.listen();
    self.arm(none);
    if (self.all_ready()) break;
    pollfd wanted{wake_fd(), POLLIN, 0};
    ::poll(&wanted, 1, 100);
  }
  self.disarm();
}

std::uint32_t SimulatorHost::slots() const noexcept {
  return impl_->options.slots;
}
std::uint32_t SimulatorHost::queue_depth() const noexcept {
  return impl_->memory.layout().depth;
}
std::size_t SimulatorHost::room() const noexcept {
  return impl_->room;
}
std::size_t SimulatorHost::in_flight() const noexcept {
  return impl_->in_flight;
}
int SimulatorHost::wake_fd() const noexcept {
  return impl_->epoll_fd.get();
}

std::size_t SimulatorHost::idle_slots() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(impl_->queues.begin(), impl_->queues.end(),
                    [](const SlotQueue& queue) { return queue.outstanding() == 0; }));
}

void SimulatorHost::submit(const Task& task) {
  Impl& self = *impl_;
  if (self.least_loaded().submit(task)) self.stir_zygote();
  --self.room;
  ++self.in_flight;
}

void SimulatorHost::poll(std::vector<Finished>& out) {
  Impl& self = *impl_;
  self.publish();
  self.disarm();
  std::size_t count = self.collect(out);
  count += self.mend(out);
  const std::uint64_t now = monotonic_ns();
  if (self.queues.size() > 1 && now - self.spread_ns >= spread_interval_ns) {
    self.spread_ns = now;
    self.spread();
  }
  if (count == 0) self.arm(out);
  self.waited = count == 0;
  if (now - self.listened_ns >= listen_interval_ns) {
    self.listened_ns = now;
    self.zygote.listen();
  }
}

void SimulatorHost::release(std::uint64_t ticket) {
  if (ticket == 0) return;
  impl_->queues.at((ticket >> 32) - 1).release(static_cast<std::uint32_t>(ticket));
  ++impl_->room;
}

std::vector<Task> SimulatorHost::withdraw() {
  std::vector<Task> tasks;
  for (SlotQueue& queue : impl_->queues) queue.take_back(impl_->memory.layout().depth, tasks);
  impl_->in_flight -= tasks.size();
  impl_->room += tasks.size();
  return tasks;
}

void SimulatorHost::stop(double limit_s) {
  Impl& self = *impl_;
  if (!self.zygote.alive()) return;
  // Its end is expected from now on: nobody shall be woken, or told, because of it.
  ::epoll_ctl(self.epoll_fd.get(), EPOLL_CTL_DEL, self.zygote.socket(), nullptr);
  self.memory.host().closing.store(1, std::memory_order_seq_cst);
  for (std::uint32_t k = 0; k < self.queues.size(); ++k) {
    self.memory.slot(k).header->closing.store(1, std::memory_order_seq_cst);
    self.queues[k].wake();
  }
  self.stir_zygote();
  if (self.started && self.zygote.wait_end(limit_s)) return;
  self.zygote.send(ZygoteMessage::Kind::shut_down);
  if (!self.zygote.wait_end(2)) self.zygote.kill();
}

}  // namespace tranche::simulate
