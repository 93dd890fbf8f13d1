#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace podreach {

/// A plain HTTP server on 127.0.0.1 for one test: each connection gets a thread, which reads
/// requests and gives them to `handle`. Ends with its life, and closes what is open.
class LoopbackServer {
 public:
  /// What a handler writes to.
  class Connection {
   public:
    explicit Connection(int fd) : fd_(fd) {}
    void Write(const std::string& bytes) const;
    /// A whole response with a length.
    void Respond(const std::string& status, const std::string& headers,
                 const std::string& body) const;
    /// Until the other end has closed or the server ends.
    void WaitForClose() const;

   private:
    int fd_;
  };
  struct Request {
    std::string head;  ///< the request line and the headers
    std::string body;
  };
  /// False closes the connection.
  using Handle = std::function<bool(const Request&, const Connection&)>;

  explicit LoopbackServer(Handle handle);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::vector<Request> requests() const;
  [[nodiscard]] std::size_t connections() const;

 private:
  void Accept();
  void Serve(int fd);

  const Handle handle_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;     // guarded by mutex_
  std::vector<int> fds_;              // guarded by mutex_
  std::vector<std::thread> servers_;  // guarded by mutex_
  std::thread acceptor_;
};

}  // namespace podreach
