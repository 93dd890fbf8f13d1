// The floor of a connect sweep: an epoll loop with nothing but connect and close, one socket a
// port, one try, no confirming.
//   bench_floor IN_FLIGHT TIMEOUT_MS FIRST_PORT LAST_PORT ADDRESS...
// Prints the open ports, a line each: ADDRESS PORT.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Try {
  std::size_t host;
  int port;
};

struct Deadline {
  Clock::time_point time;
  int fd;
  unsigned number;  // of the try: descriptors are used again
};

class Floor {
 public:
  Floor(std::size_t in_flight, std::chrono::milliseconds timeout, int first, int last,
        std::vector<in_addr> hosts)
      : limit_(in_flight), timeout_(timeout), port_(first), last_(last), hosts_(std::move(hosts)) {}

  void Run() {
    while (port_ <= last_ || in_flight_ > 0) {
      while (in_flight_ < limit_ && port_ <= last_) Begin();
      Collect();
      Expire();
    }
  }

 private:
  void Begin() {
    const Try next{host_, port_};
    if (++host_ == hosts_.size()) {
      host_ = 0;
      ++port_;
    }
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0) {
      std::perror("bench_floor: socket");
      std::exit(3);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr = hosts_[next.host];
    address.sin_port = htons(static_cast<std::uint16_t>(next.port));
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 &&
        errno != EINPROGRESS) {
      close(fd);
      return;
    }
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    if (tries_.size() <= static_cast<std::size_t>(fd)) {
      tries_.resize(static_cast<std::size_t>(fd) + 1);
      numbers_.resize(tries_.size());
    }
    tries_[static_cast<std::size_t>(fd)] = next;
    deadlines_.push_back({Clock::now() + timeout_, fd, ++numbers_[static_cast<std::size_t>(fd)]});
    ++in_flight_;
  }

  void Collect() {
    const int count = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 1);
    for (int i = 0; i < count; ++i) {
      const auto& event = events_[static_cast<std::size_t>(i)];
      const Try& done = tries_[static_cast<std::size_t>(event.data.fd)];
      if ((event.events & (EPOLLERR | EPOLLHUP)) == 0) {
        std::printf("%s %d\n", inet_ntoa(hosts_[done.host]), done.port);
      }
      End(event.data.fd);
    }
  }

  void Expire() {
    const auto now = Clock::now();
    while (!deadlines_.empty() && deadlines_.front().time <= now) {
      const Deadline deadline = deadlines_.front();
      deadlines_.pop_front();
      if (numbers_[static_cast<std::size_t>(deadline.fd)] == deadline.number) End(deadline.fd);
    }
  }

  void End(int fd) {
    ++numbers_[static_cast<std::size_t>(fd)];
    close(fd);
    --in_flight_;
  }

  const std::size_t limit_;
  const std::chrono::milliseconds timeout_;
  int port_;
  const int last_;
  const std::vector<in_addr> hosts_;
  const int epoll_ = epoll_create1(0);
  std::size_t host_ = 0;
  std::size_t in_flight_ = 0;
  std::array<epoll_event, 512> events_{};
  std::vector<Try> tries_;         // by descriptor
  std::vector<unsigned> numbers_;  // by descriptor
  std::deque<Deadline> deadlines_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fputs("bench_floor IN_FLIGHT TIMEOUT_MS FIRST_PORT LAST_PORT ADDRESS...\n", stderr);
    return 2;
  }
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<in_addr> hosts;
  for (int i = 5; i < argc; ++i) {
    in_addr address{};
    if (inet_pton(AF_INET, argv[i], &address) != 1) return 2;
    hosts.push_back(address);
  }
  Floor(std::strtoul(argv[1], nullptr, 10), std::chrono::milliseconds(std::atol(argv[2])),
        std::atoi(argv[3]), std::atoi(argv[4]), std::move(hosts))
      .Run();
}
