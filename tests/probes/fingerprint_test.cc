#include "fingerprint/fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "fingerprint/http_reply.h"

namespace podreach::probe {
namespace {

using namespace std::string_literals;

const Fingerprint& Find(std::string_view name) {
  const auto& all = AllFingerprints();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Fingerprint& one) { return one.name == name; });
  EXPECT_NE(found, all.end()) << name;
  return *found;
}

/// The service that a reply is read as; nothing where it isn't one.
std::optional<ServiceIdentity> ServiceOf(const Reading& reading) {
  if (const auto* service = std::get_if<ServiceIdentity>(&reading)) return *service;
  if (const auto* partial = std::get_if<Partial>(&reading)) return partial->service;
  return {};
}

/// "name product version access", or "not this", "more", "ask".
std::string Line(const Reading& reading) {
  if (std::holds_alternative<NotThis>(reading)) return "not this";
  if (std::holds_alternative<NeedMore>(reading)) return "more";
  if (std::holds_alternative<AskOwn>(reading)) return "ask";
  const ServiceIdentity service = *ServiceOf(reading);
  return service.name + "|" + service.product + "|" + service.version + "|" +
         std::string(ToString(service.access));
}

std::string Http(int status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " Said\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// An OP_MSG that answers a request.
std::string MongoMessage(char request, const std::string& document) {
  const std::string body = "\0\0\0\0\0"s + document + std::string(16, 'x');
  return static_cast<char>(body.size() + 16) + "\0\0\0\1\0\0\0"s + request + "orp\xdd\7\0\0"s +
         body;
}

struct Case {
  std::string fingerprint;
  std::size_t question;  // of its questions
  std::string reply;
  std::string line;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> kCases = {
      {"ssh", 0, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", "ssh|OpenSSH|9.2p1|unknown"},
      {"ssh", 0, "SSH-2.0-dropbear\r\n", "ssh|dropbear||unknown"},
      {"ssh", 0, "SSH-2.0-", "not this"},
      {"ssh", 0, "220 mail ready\r\n", "not this"},
      {"redis", 0,
       "+PONG\r\n$20\r\n# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n\r\n",
       "redis|Redis|7.0.15|answers"},
      {"redis", 0,
       "+PONG\r\n$9\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n\r\n",
       "redis|Valkey|8.0.1|answers"},
      {"redis", 0, "+PONG\r\n-ERR unknown command\r\n", "redis|||answers"},
      {"redis", 0, "-NOAUTH Authentication required.\r\n-NOAUTH Authentication required.\r\n",
       "redis|||refuses"},
      {"redis", 0, "-DENIED Redis is running in protected mode because\r\n", "redis|||refuses"},
      {"redis", 0, "-ERR unknown\r\n", "not this"},
      {"memcached", 0, "VERSION 1.6.18\r\n", "memcached|memcached|1.6.18|answers"},
      {"memcached", 1, "\0\1\0\0\0\1\0\0VERSION 1.6.18\r\n"s, "memcached|memcached|1.6.18|answers"},
      {"memcached", 0, "ERROR\r\n", "not this"},
      {"postgresql", 0, "S", "postgresql|PostgreSQL||unknown"},
      {"postgresql", 0, "N", "postgresql|PostgreSQL||unknown"},
      {"postgresql", 0, "No", "not this"},
      {"mysql", 0, "\x55\0\0\0\x0a"s + "5.5.5-10.11.6-MariaDB-0+deb12u1\0rest"s,
       "mysql|MariaDB|10.11.6|unknown"},
      {"mysql", 0, "\x4a\0\0\0\x0a"s + "8.0.36\0rest"s, "mysql|MySQL|8.0.36|unknown"},
      {"mysql", 0, "\x45\0\0\0\xff\x6a\x04Host '10.0.0.1' is not allowed to connect"s,
       "mysql|||refuses"},
      {"mysql", 0, "SSH-2.0-x\r\n", "not this"},
      {"nats", 0, "INFO {\"server_id\":\"N\",\"version\":\"2.9.10\",\"max_payload\":1048576}\r\n",
       "nats|NATS|2.9.10|answers"},
      {"nats", 0, "INFO {\"server_id\":\"N\",\"version\":\"2.9.10\",\"auth_required\":true}\r\n",
       "nats|NATS|2.9.10|refuses"},
      {"zookeeper", 0,
       "Zookeeper version: 3.8.0-5a02a05, built on 2022\nLatency min/avg/max: 0/0/0\n",
       "zookeeper|ZooKeeper|3.8.0|answers"},
      {"zookeeper", 0, "srvr is not executed because it is not in the whitelist.\n",
       "zookeeper|ZooKeeper||unknown"},
      {"kafka", 0, "\0\0\0\x06pro1\0\0"s + "\0\0\0\x0cpro2\0\0\0\0\0\0\0\0"s,
       "kafka|Kafka||answers"},
      {"kafka", 0, "\0\0\0\x06pro1\0\0"s, "kafka|Kafka||refuses"},
      {"kafka", 0, "\0\0\0\x06nope\0\0"s, "not this"},
      {"rabbitmq", 0, "AMQP\0\1\0\0"s, "amqp|||unknown"},
      {"rabbitmq", 0,
       "\1\0\0\0\0\0\x38\0\x0a\0\x0a\0\x09\0\0\0\x2c\7productS\0\0\0\x08RabbitMQ\7versionS\0\0\0\6"
       "3.10.8xxxxxxxxxxxxxxxxxx"s,
       "rabbitmq|RabbitMQ|3.10.8|unknown"},
      {"mongodb", 0, MongoMessage('1', "maxWireVersion\0"s) + MongoMessage('2', "databases\0"s),
       "mongodb|MongoDB||answers"},
      {"mongodb", 0,
       MongoMessage('1', "maxWireVersion\0"s) + MongoMessage('2', "code\0\x0d\0\0\0"s),
       "mongodb|MongoDB||refuses"},
      {"mongodb", 0, MongoMessage('1', "maxWireVersion\0"s), "mongodb|MongoDB||unknown"},
      {"mongodb", 0, MongoMessage('1', "isMaster\0"s), "not this"},
      {"sun-rpc", 0, "\x80\0\0\x18prob\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s,
       "rpcbind|||answers"},
      {"sun-rpc", 2, "\x80\0\0\x18prob\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s, "nfs|||unknown"},
      {"sun-rpc", 2, "\x80\0\0\x18prob\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"s, "not this"},
      {"sun-rpc", 3, "prob\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\5\0\0\0\0"s, "nfs|||refuses"},
      {"sun-rpc", 3, "prob\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\5\0\0\0\0"s, "not this"},
      {"rdp", 0, "\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\x0f\x08\0\2\0\0\0"s, "rdp|||unknown"},
      {"http2", 0, "\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64"s, "http2|||unknown"},
      {"http2", 0, "HTTP/1.1 400 Bad Request\r\n", "not this"},
      {"dns", 1, "pr\x81\x80\0\1\0\1\0\0\0\0"s, "dns|||answers"},
      {"dns", 1, "pr\x81\x85\0\1\0\0\0\0\0\0"s, "dns|||refuses"},
      {"dns", 1, "xx\x81\x80\0\1\0\1\0\0\0\0"s, "not this"},
      {"ntp", 0, "\x24\2"s + std::string(46, '\0'), "ntp||4|answers"},
      {"ntp", 0, "\x26\2"s + std::string(46, '\0'), "not this"},
      {"snmp", 0, "\x30\x2e\x02\x01\x03\x30\x0d\x02\x01\x01\x02\x02\x05\xdc\xa8\x01"s,
       "snmp||3|unknown"},
      {"quic", 0, "\xc0\0\0\0\0\x08podreach"s, "quic|||unknown"},
      {"quic", 0, "\xc0\0\0\0\1\x08podreach"s, "not this"},
      {"http", 0, Http(200, "hello", "Server: nginx/1.22.1 (x)\r\n"), "http|nginx|1.22.1|answers"},
      {"http", 0, Http(401, ""), "http|||refuses"},
      {"http", 0, "HTTP/1.1 20", "not this"},
      {"kubelet", 0, Http(200, "{\"kind\":\"PodList\",\"items\":[]}"), "kubelet|||answers"},
      {"kubelet", 1,
       Http(403,
            "Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource(s)=[proxy])"),
       "kubelet|||refuses"},
      {"kubelet", 1, Http(401, "Unauthorized"), "kubelet|||refuses"},
      {"kubelet", 1, Http(403, "Forbidden"), "not this"},
      {"kubelet", 0, Http(200, "<html>PodList</html>"), "not this"},
      {"etcd", 0, Http(200, "{\"etcdserver\":\"3.5.16\",\"etcdcluster\":\"3.5.0\"}"),
       "etcd||3.5.16|answers"},
      {"etcd", 0, Http(404, "{\"etcdserver\":\"3.5.16\"}"), "not this"},
      {"kube-apiserver", 0,
       Http(200, "{\"gitVersion\": \"v1.34.1\", \"platform\": \"linux/amd64\"}"),
       "kube-apiserver||v1.34.1|unknown"},
      {"kube-apiserver", 1, Http(403, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"code\":403}"),
       "kube-apiserver|||refuses"},
      {"kube-apiserver", 3, Http(200, "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}"),
       "kube-apiserver|||answers"},
      {"kube-proxy", 0, Http(200, "iptables"), "kube-proxy|||answers"},
      {"kube-proxy-health", 0, Http(503, "{\"lastUpdated\": \"x\",\"currentTime\": \"y\"}"),
       "kube-proxy-health|||unknown"},
      {"kube-scheduler", 0,
       Http(403, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"reason\":\"Forbidden\"}"),
       "kube-scheduler|||refuses"},
      {"kube-controller-manager", 0, Http(200, "# HELP aggregator_x\n"),
       "kube-controller-manager|||answers"},
      {"docker", 0, Http(200, "{\"Platform\":{},\"Version\":\"20.10.24\",\"ApiVersion\":\"1.41\"}"),
       "docker|Docker Engine|20.10.24|answers"},
      {"docker", 0,
       Http(200,
            "{\"Components\":[{\"Name\":\"Podman "
            "Engine\",\"Version\":\"4.3.1\"}],\"ApiVersion\":\"1.41\"}"),
       "docker|Podman|4.3.1|answers"},
      {"kubernetes-dashboard", 0, Http(200, "{\"listMeta\":{\"totalItems\":1}}"),
       "kubernetes-dashboard|||answers"},
      {"kubectl-proxy", 0, Http(200, "{\"kind\":\"APIResourceList\"}"), "kubectl-proxy|||answers"},
      {"cadvisor", 0, Http(200, "{\"num_cores\":2}"), "cadvisor|||answers"},
      {"elasticsearch", 0,
       Http(200,
            "{\"cluster_name\":\"c\",\"version\":{\"number\":\"8.11.1\",\"lucene_version\":\"9.8\"}"
            "}"),
       "elasticsearch||8.11.1|answers"},
      {"elasticsearch", 0,
       Http(200,
            "{\"cluster_name\":\"c\",\"version\":{\"distribution\":\"opensearch\",\"number\":\"2."
            "11.0\",\"lucene_version\":\"9\"}}"),
       "opensearch||2.11.0|answers"},
      {"elasticsearch", 0, Http(401, "{\"error\":{\"type\":\"security_exception\"}}"),
       "elasticsearch|||refuses"},
      {"rabbitmq-management", 0,
       Http(401, "", "www-authenticate: Basic realm=\"RabbitMQ Management\"\r\n"),
       "rabbitmq-management|||refuses"},
      {"consul", 0, Http(200, "{\"Config\":{\"Datacenter\":\"dc1\",\"Version\":\"1.17.0\"}}"),
       "consul||1.17.0|answers"},
      {"vault", 0, Http(501, "{\"initialized\":false,\"sealed\":true,\"version\":\"1.15.4\"}"),
       "vault||1.15.4|unknown"},
      {"prometheus", 0,
       Http(200,
            "{\"status\":\"success\",\"data\":{\"version\":\"2.42.0\",\"goVersion\":\"go1.19\"}}"),
       "prometheus||2.42.0|answers"},
      {"alertmanager", 0, Http(200, "{\"cluster\":{},\"versionInfo\":{\"version\":\"0.25.0\"}}"),
       "alertmanager||0.25.0|answers"},
      {"node-exporter", 0,
       Http(200, "<title>Node Exporter</title>Version: (version=1.5.0, branch=x)"),
       "node-exporter||1.5.0|answers"},
      {"grafana", 0, Http(200, "{\"commit\":\"x\",\"database\":\"ok\",\"version\":\"10.2.2\"}"),
       "grafana||10.2.2|unknown"},
      {"envoy-admin", 0,
       Http(200,
            "{\"version\": "
            "\"cfa32/1.28.0/Clean/RELEASE/BoringSSL\",\"hot_restart_version\":\"11\"}"),
       "envoy-admin||1.28.0|answers"},
      {"istiod", 0, Http(200, "# HELP citadel_server_csr_count x\n"), "istiod|||answers"},
      {"minio", 0, Http(200, "", "Server: MinIO\r\n"), "minio|||unknown"},
      {"docker-registry", 0, Http(200, "{}", "Docker-Distribution-Api-Version: registry/2.0\r\n"),
       "docker-registry|||answers"},
      {"docker-registry", 0, Http(401, "", "docker-distribution-api-version: registry/2.0\r\n"),
       "docker-registry|||refuses"},
      {"nats-monitoring", 0, Http(200, "{\"server_id\":\"N\",\"version\":\"2.9.10\"}"),
       "nats-monitoring||2.9.10|answers"},
      {"winrm", 0, Http(405, "", "Server: Microsoft-HTTPAPI/2.0\r\n"), "winrm|||unknown"},
      {"jupyter", 0, Http(200, "{\"version\": \"2.7.0\"}", "Server: TornadoServer/6.3\r\n"),
       "jupyter||2.7.0|unknown"},
      {"jupyter", 1, Http(403, "Forbidden"), "jupyter|||refuses"},
      {"jupyter", 1, Http(200, "{\"connections\":0,\"kernels\":0}"), "jupyter|||answers"},
      {"cloud-metadata", 0, Http(200, "instance/\n", "Metadata-Flavor: Google\r\n"),
       "cloud-metadata|Google Cloud||answers"},
      {"cloud-metadata", 6, Http(200, "ami-id\nhostname\n"), "cloud-metadata|AWS||answers"},
      {"cloud-metadata", 6, Http(401, "Unauthorized"), "cloud-metadata|AWS||refuses"},
      {"cloud-metadata", 6, Http(404, ""), "not this"},
  };
  return kCases;
}

TEST(FingerprintTest, ReadsReplies) {
  for (const Case& one : Cases()) {
    const Fingerprint& fingerprint = Find(one.fingerprint);
    ASSERT_LT(one.question, fingerprint.questions.size()) << one.fingerprint;
    EXPECT_EQ(Line(fingerprint.read(fingerprint.questions[one.question], {one.reply, true})),
              one.line)
        << one.fingerprint << ": " << one.reply;
  }
}

TEST(FingerprintTest, EveryOneHasACase) {
  for (const Fingerprint& fingerprint : AllFingerprints()) {
    const bool tried = std::any_of(Cases().begin(), Cases().end(), [&](const Case& one) {
      return one.fingerprint == fingerprint.name && one.line != "not this";
    });
    const bool simple_http = fingerprint.name == "weave-scope" || fingerprint.name == "smb" ||
                             fingerprint.name == "istio-health";
    EXPECT_TRUE(tried || simple_http) << fingerprint.name;
  }
}

// A reply that is cut anywhere is waited for, or read as what the whole is: never as another.
TEST(FingerprintTest, CutRepliesAreNeverReadAsAnother) {
  for (const Case& one : Cases()) {
    const Fingerprint& fingerprint = Find(one.fingerprint);
    const Question& question = fingerprint.questions[one.question];
    const Reading whole = fingerprint.read(question, {one.reply, true});
    for (std::size_t size = 0; size < one.reply.size(); ++size) {
      const std::string_view cut = std::string_view(one.reply).substr(0, size);
      const auto service = ServiceOf(fingerprint.read(question, {cut, false}));
      // One byte is all that PostgreSQL says, and any head is HTTP.
      if (!service || one.fingerprint == "http" || one.fingerprint == "postgresql") continue;
      ASSERT_TRUE(ServiceOf(whole)) << one.fingerprint << " " << cut;
      EXPECT_EQ(service->name, ServiceOf(whole)->name);
      EXPECT_EQ(service->access, ServiceOf(whole)->access) << one.fingerprint << ": " << cut;
    }
  }
}

TEST(FingerprintTest, NoiseIsReadWithoutHarm) {
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    std::string noise(random() % 300, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    if (i % 3 == 0) noise = "HTTP/1.1 200 OK\r\n" + noise;
    for (const Fingerprint& fingerprint : AllFingerprints()) {
      for (const Question& question : fingerprint.questions) {
        for (const bool ended : {false, true}) {
          const auto service = ServiceOf(fingerprint.read(question, {noise, ended}));
          if (!service) continue;
          EXPECT_TRUE(fingerprint.name == "http" || fingerprint.name == "postgresql" ||
                      fingerprint.name == "istio-health")
              << fingerprint.name << " recognised noise";
        }
      }
    }
  }
}

TEST(FingerprintTest, QuestionsAreHarmless) {
  for (const Fingerprint& fingerprint : AllFingerprints()) {
    EXPECT_FALSE(fingerprint.questions.empty()) << fingerprint.name;
    for (const Question& question : fingerprint.questions) {
      const bool http = question.text.find(" HTTP/1.1\r\n") != std::string::npos;
      EXPECT_TRUE(!http || question.text.starts_with("GET /")) << fingerprint.name;
      EXPECT_LT(question.text.size(), 1300U) << fingerprint.name;
    }
  }
}

TEST(HttpReplyTest, ParsesHeads) {
  const std::string text = "HTTP/1.0 403 No\r\nServer:  a b \r\nX: y\r\n\r\nbody";
  const auto reply = ParseHttp({text, true});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 403);
  EXPECT_EQ(reply->Header("SERVER"), "a b");
  EXPECT_EQ(reply->Header("absent"), "");
  EXPECT_EQ(reply->body, "body");
  EXPECT_FALSE(ParseHttp({"HTTP/1.1 abc \r\n\r\n", true}));
  EXPECT_FALSE(ParseHttp({"HTTP/1.1 200 OK\r\nServer: x", false}));
  EXPECT_FALSE(ParseHttp({"HTTP/2 200\r\n\r\n", true}));
}

TEST(HttpReplyTest, KnowsWhenABodyIsWhole) {
  const auto complete = [](const std::string& text) { return ParseHttp({text, false})->complete; };
  EXPECT_TRUE(complete("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"));
  EXPECT_FALSE(complete("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"));
  EXPECT_TRUE(
      complete("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"));
  EXPECT_FALSE(complete("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"));
  EXPECT_FALSE(complete("HTTP/1.1 200 OK\r\n\r\nab"));
}

}  // namespace
}  // namespace podreach::probe
