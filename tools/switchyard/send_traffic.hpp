// SPDX-License-Identifier: Apache-2.0
// Sending a list of transactions and counting verdicts, whatever they travel through.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "dataplane/client/client_session.hpp"
#include "host/core/result.hpp"
#include "tools/workloads/workload.hpp"

namespace switchyard::tool {

/// A client with an open session.
class TransactionLink {
  public:
    virtual ~TransactionLink() = default;
    /// As `dataplane::UdpClient`.
    [[nodiscard]] virtual Result<std::optional<uint64_t>> submit(BytesView transaction,
                                                                 BytesView sender_hint) = 0;
    [[nodiscard]] virtual Result<size_t> wait(std::span<dataplane::TransactionResult> out,
                                              std::chrono::milliseconds patience) = 0;
    [[nodiscard]] virtual const dataplane::ClientCounters& counters() const = 0;
};

struct SendSettings {
    std::vector<std::string> files;
    bool binary = false;
    std::string generate;
    workloads::WorkloadOptions workload;
    uint64_t repeat = 1;
    uint64_t rate = 0;
    dataplane::ClientConfig session{.session = 0};
    unsigned group_data = 32;
    unsigned group_parity = 0;
    unsigned patience_s = 10;
    std::string verdicts;
    bool json = false;
};

/// The options of everything but where to send to and what. `settings` must live as long as
/// `command`.
void add_send_options(CLI::App& command, SendSettings& settings);
/// The session that the options describe.
[[nodiscard]] dataplane::ClientConfig session_of(const SendSettings& settings);

/// What is sent, and who signed it where that is known.
struct Traffic {
    std::vector<Bytes> transactions;
    std::vector<Address> senders;
};

/// From files or from a workload.
[[nodiscard]] Result<Traffic> load_traffic(const SendSettings& settings);

struct SendOutcome {
    std::array<uint64_t, kVerdictCount> verdicts{};
    uint64_t answered = 0;
    double seconds = 0;

    [[nodiscard]] bool all_accepted() const { return verdicts[0] == answered; }
};

/// Sends all of it, as often and as fast as the settings say, and waits for every verdict.
[[nodiscard]] Result<SendOutcome> send_traffic(const SendSettings& settings, const Traffic& traffic,
                                               TransactionLink& link);

void print_outcome(const SendSettings& settings, const SendOutcome& outcome,
                   const dataplane::ClientCounters& counters);

/// HOST or HOST:PORT; InvalidInput for anything else.
struct ServerName {
    std::string host;
    uint16_t port = dataplane::kDefaultUdpPort;
};
[[nodiscard]] Result<ServerName> parse_server(const std::string& text);

}  // namespace switchyard::tool
