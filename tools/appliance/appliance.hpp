// SPDX-License-Identifier: Apache-2.0
// The whole appliance in one process: every station, and the ports in front of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/node/chain/chain.hpp"
#include "host/node/genesis/development.hpp"
#include "host/pool/pool.hpp"
#include "tools/appliance/operator_log.hpp"
#include "tools/appliance/ports.hpp"
#include "tools/config/configuration.hpp"

namespace switchyard::appliance {

struct ApplianceOptions {
    config::Configuration configuration;  ///< checked (`config::read_configuration`)
    /// Of the development chain, where the configuration names no genesis.
    uint64_t development_chain_id = node::DevelopmentOptions{}.chain_id;
    /// eth_sendRawTransaction answers when a block has the transaction (`answer_when_mined`).
    bool answers_when_mined = false;
    /// The folder goes with the process: what was learned is not written at the end.
    bool forgets = false;
    std::string version = "0";          ///< of the software
    std::string commit = "0x00000000";  ///< its first 4 bytes in hexadecimal
};

/// What became of a configuration that was read again; names of keys.
struct ReloadReport {
    std::vector<std::string_view> taken_over;
    std::vector<std::string_view> need_restart;  ///< differ, and are as they were at the start
    std::vector<std::string_view> refused;       ///< could change, and cannot be; `why` says it
    std::string why;
};

/// Transactions come in by the ports and the data plane, are verified and wait in the pool; blocks
/// are built by the clock (`block.interval`) or come by the Engine API; the chain in the folder
/// executes and keeps them.
///
/// What was acknowledged survives any end of the process under `state.sync`: a transaction whose
/// hash was answered is in the pool's journal, a head that was told is in the chain's.
///
/// One thread opens, reloads and stops it.
class Appliance {
  public:
    /// Opens the folder and everything else, in an order in which no port listens before what is
    /// behind it runs. Errors name what is missing; nothing runs then. `log` outlives it.
    [[nodiscard]] static Result<std::unique_ptr<Appliance>> open(const ApplianceOptions& options,
                                                                 OperatorLog& log);
    /// As `stop`.
    ~Appliance();
    Appliance(const Appliance&) = delete;
    Appliance& operator=(const Appliance&) = delete;

    /// Takes over the keys that `config::Setting::reloads` says, without a pause, but for
    /// `block.interval` where the Engine API drives the head; `next` is checked. What is refused
    /// stays as it was, and the rest is taken over.
    ReloadReport reload(const config::Configuration& next);

    /// Answers what was asked, ends the block under way and closes the folder. Seconds.
    void stop();

    /// Why it can't go on: the store failed. Only a new start helps, which finds everything that
    /// was acknowledged. Any thread.
    [[nodiscard]] std::optional<Error> failure() const;

    [[nodiscard]] const std::vector<Ports::Listening>& listening() const;
    [[nodiscard]] uint16_t port(std::string_view name) const;
    /// One line: who executes and who plans.
    [[nodiscard]] std::string execution() const;
    [[nodiscard]] node::Chain& chain();
    [[nodiscard]] Pool& pool();

  private:
    struct Parts;
    explicit Appliance(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace switchyard::appliance
