#include "cli/signals.h"

#include <cstdlib>
#include <filesystem>
#include <mutex>

namespace podreach::cli {
namespace {

/// Ends the waiting; nobody else sends it to that thread.
constexpr int kEnough = SIGUSR1;

struct Unfinished {
  std::mutex mutex;
  std::string path;  // guarded by mutex
};

Unfinished& TheUnfinished() {
  static Unfinished unfinished;
  return unfinished;
}

[[noreturn]] void Quit(int number) {
  auto& unfinished = TheUnfinished();
  const std::scoped_lock lock(unfinished.mutex);  // so that no file is begun any more
  std::error_code ignored;
  if (!unfinished.path.empty()) std::filesystem::remove(unfinished.path, ignored);
  std::_Exit(128 + number);
}

}  // namespace

Signals::Signals(Then then) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, kEnough}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  waiter_ = std::jthread([this, set, then](const std::stop_token& done) {
    while (!done.stop_requested()) {
      int number = 0;
      if (sigwait(&set, &number) != 0 || number == kEnough) continue;
      if (then == Then::kQuit) Quit(number);
      received_ = number;
      stop_.request_stop();
    }
  });
}

Signals::~Signals() {
  waiter_.request_stop();
  pthread_kill(waiter_.native_handle(), kEnough);
}

UnfinishedFile::UnfinishedFile(const std::string& path) {
  auto& unfinished = TheUnfinished();
  const std::scoped_lock lock(unfinished.mutex);
  unfinished.path = path;
}

UnfinishedFile::~UnfinishedFile() {
  auto& unfinished = TheUnfinished();
  const std::scoped_lock lock(unfinished.mutex);
  unfinished.path.clear();
}

}  // namespace podreach::cli
