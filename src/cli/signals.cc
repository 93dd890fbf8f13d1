#include "cli/signals.h"

#include <ctime>

namespace podreach::cli {

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  waiter_ = std::jthread([this, set](const std::stop_token& done) {
    const timespec tick{0, 50'000'000};
    while (!done.stop_requested()) {
      const int number = sigtimedwait(&set, nullptr, &tick);
      if (number <= 0) continue;
      received_ = number;
      stop_.request_stop();
    }
  });
}

Signals::~Signals() = default;

}  // namespace podreach::cli
