// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/appliance.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <mutex>

#include "host/core/hex.hpp"
#include "host/node/building/pool_follower.hpp"
#include "host/node/engine/engine.hpp"
#include "host/node/eth/backend.hpp"
#include "host/node/forward/forwarder.hpp"
#include "host/node/forward/pool_feed.hpp"
#include "host/node/submit/blob_transactions.hpp"
#include "host/node/submit/raw_transactions.hpp"
#include "host/node/subscribe/methods.hpp"
#include "host/node/switchyard/methods.hpp"
#include "tools/appliance/appliance_metrics.hpp"
#include "tools/appliance/block_producer.hpp"
#include "tools/appliance/chain_options.hpp"
#include "tools/appliance/data_plane.hpp"
#include "tools/appliance/event_publisher.hpp"
#include "tools/appliance/execution.hpp"
#include "tools/appliance/intake.hpp"
#include "tools/appliance/mined_answers.hpp"
#include "tools/appliance/part_options.hpp"
#include "tools/config/read_configuration.hpp"
#include "tools/config/setting.hpp"

namespace switchyard::appliance {
namespace {

namespace fs = std::filesystem;

/// How long an answer waits for its block: one that is under way, its own, and the time to build
/// them; a chain of slow blocks has its clients wait by themselves.
std::chrono::milliseconds mined_patience(const config::BlockSection& block) {
    constexpr std::chrono::milliseconds kBuilding{1000};
    constexpr std::chrono::milliseconds kMost{3000};
    return std::min(2 * block.interval + kBuilding, kMost);
}

Result<node::Genesis> genesis_of(const ApplianceOptions& options) {
    const std::string& file = options.configuration.node.genesis;
    return file.empty() ? node::development_genesis({.chain_id = options.development_chain_id})
                        : node::load_genesis(file);
}

}  // namespace

/// In the order in which they need one another; the last goes first.
struct Appliance::Parts {
    explicit Parts(OperatorLog& to) : log(to) {}

    OperatorLog& log;
    config::Configuration now;

    std::unique_ptr<Execution> execution;
    std::unique_ptr<node::Chain> chain;
    std::unique_ptr<blobs::SidecarStore> sidecars;
    std::optional<Pool> pool;
    std::unique_ptr<node::PoolFollower> follower;
    std::optional<PayloadBuilder> builder;

    std::unique_ptr<SubmissionQueue> queue;
    std::unique_ptr<DataPlane> data_plane;
    std::optional<Intake> intake;

    std::unique_ptr<node::eth::EthBackend> eth;
    std::optional<node::engine::EngineBackend> engine;
    std::unique_ptr<node::appliance::ApplianceBackend> own;
    std::optional<subscribe::SubscriptionHub> hub;
    rpc::MethodTable methods;
    mutable std::mutex forwarder_mutex;  ///< of the pointer: a reload, and who reads the counters
    std::unique_ptr<forward::Forwarder> forwarder;
    std::optional<EventPublisher> events;
    metrics::Registry registry;
    std::unique_ptr<Ports> ports;
    std::optional<BlockProducer> producer;

    mutable std::mutex failure_mutex;
    std::optional<Error> failure;

    void fail(const Error& error) {
        const std::lock_guard lock(failure_mutex);
        if (!failure) failure = error;
    }
    [[nodiscard]] std::optional<Error> failed() const {
        {
            const std::lock_guard lock(failure_mutex);
            if (failure) return failure;
        }
        // Whoever drives the head: an import that fails is answered, and nobody else sees it.
        return chain == nullptr ? std::nullopt : chain->failure();
    }
    [[nodiscard]] std::string unready() const {
        if (const auto why = failed()) return why->message;
        if (const auto why = pool->journal_failure())
            return "no transaction is accepted: " + why->message;
        return {};
    }

    [[nodiscard]] Result<void> open_chain(const ApplianceOptions& options);
    [[nodiscard]] Result<void> open_pool();
    [[nodiscard]] Result<void> open_intake();
    [[nodiscard]] Result<void> forward();
    void add_methods(const ApplianceOptions& options);
    [[nodiscard]] Offer offer() {
        return {methods, registry, [this] { return unready(); }};
    }
    void produce();
    [[nodiscard]] MeteredParts metered(const std::string& version) const;
};

Result<void> Appliance::Parts::open_chain(const ApplianceOptions& options) {
    auto genesis = genesis_of(options);
    if (!genesis) return genesis.error();
    const fs::path folder = now.node.folder;
    auto executes =
        Execution::open(now.execute, options.forgets ? fs::path{} : folder / "templates", log);
    if (!executes) return executes.error();
    execution = std::move(*executes);
    node::ChainOptions chain_options = chain_options_of(now.state);
    chain_options.execute = [this](const execute::BlockInput& input, const StateView& parent,
                                   const BlockAccessList* access_list) {
        return execution->execute(input, parent, access_list);
    };
    auto opened = node::Chain::open(folder, *std::move(genesis), std::move(chain_options));
    if (!opened) return opened.error();
    chain = std::move(*opened);
    if (auto same = keep_chain_id(folder, chain->config().chain_id); !same) return same.error();
    const node::ArchivedBlock& head = *chain->head()->block;
    log.info("chain", "opened",
             {{"folder", folder.string()},
              {"chain_id", std::to_string(chain->config().chain_id)},
              {"genesis", to_hex(chain->genesis()->hash)},
              {"head", std::to_string(head.number())},
              {"hash", to_hex(head.hash)}});
    return {};
}

Result<void> Appliance::Parts::open_pool() {
    auto opened =
        blobs::SidecarStore::open({.folder = fs::path(now.node.folder) / "blobs",
                                   .sync = policy_of(now.state) != journal::SyncPolicy::Off});
    if (!opened) return opened.error();
    sidecars = std::move(*opened);
    PoolConfig limits = pool_options(now);
    limits.blob_keeper = sidecars.get();
    pool.emplace(limits);
    auto follows = node::PoolFollower::create(*chain, *pool, sidecars.get());
    if (!follows) return follows.error();
    follower = std::move(*follows);
    PoolJournalOptions journal;
    journal.folder = fs::path(now.node.folder) / "pool";
    journal.policy = policy_of(now.state);
    const auto restored = pool->open_journal(journal);
    if (!restored) return restored.error();
    if (restored->restored + restored->nonce_used + restored->refused != 0)
        log.info("pool", "read its journal",
                 {{"waiting", std::to_string(restored->restored)},
                  {"in_blocks", std::to_string(restored->nonce_used)},
                  {"refused", std::to_string(restored->refused)}});
    PayloadBuilderConfig building = builder_options(now);
    building.chain = chain->config();
    building.threaded = now.engine.enabled;
    building.sidecar_of = [this](const Bytes32& hash) { return sidecars->find(hash); };
    builder.emplace(building, *pool,
                    [this](const execute::BlockInput& input, const StateView& parent) {
                        return execution->execute(input, parent, nullptr);
                    });
    return {};
}

Result<void> Appliance::Parts::open_intake() {
    auto made = SubmissionQueue::create({.transactions = 16'384, .bytes = size_t{64} << 20});
    if (!made) return made.error();
    queue = std::move(*made);
    std::vector<TransactionSource*> sources{queue.get()};
    if (!now.ingress.device.empty()) {
        auto opened = DataPlane::open(now.ingress);
        if (!opened) return opened.error();
        data_plane = std::move(*opened);
        log.info("ingress", data_plane->description(), {{"address", now.ingress.address}});
        for (TransactionSource* source : data_plane->sources())
            sources.push_back(source);
    }
    if (sources.size() > MergedSource::kSourcesMax)
        return Error{ErrorCode::LimitExceeded,
                     "ingress.queues: at most 15 beside JSON-RPC, which is a source, too"};
    VerifyConfig verify;
    verify.chain_id = chain->config().chain_id;
    verify.batch_size = now.verify.batch;
    verify.known_keys = now.verify.known_keys;
    verify.require_replay_protection = now.verify.require_replay_protection;
    intake.emplace(verify, std::move(sources), *pool,
                   [plane = data_plane.get()] { return plane != nullptr && plane->receive(); });
    return {};
}

/// As the configuration has it now, at the start and later.
Result<void> Appliance::Parts::forward() {
    std::unique_ptr<forward::Forwarder> next;
    const auto exchange = [&] {
        const std::lock_guard lock(forwarder_mutex);
        forwarder.swap(next);
    };
    if (now.forward.url.empty()) {
        exchange();
        if (next) log.info("forward", "accepted transactions stay here");
        return {};
    }
    const forward::ForwardConfig config = forward_options(now.forward);
    if (forwarder) return forwarder->reconfigure(config);
    auto opened = forward::Forwarder::open(config, forward::pool_feed(*pool, sidecars.get()));
    if (!opened) return opened.error();
    next = std::move(*opened);
    exchange();
    log.info("forward", "accepted transactions go on to another node", {{"url", config.url}});
    return {};
}

void Appliance::Parts::add_methods(const ApplianceOptions& options) {
    eth.reset(new node::eth::EthBackend{.chain = *chain, .pool = &*pool});
    eth->client_version = "switchyard/v" + options.version;
    hub.emplace();
    node::eth::add_eth_methods(methods, *eth);
    submit::add_submission_methods(
        methods, *queue,
        submit::make_sidecar_handler({*pool, *sidecars, chain->config().chain_id,
                                      [this] {
                                          return node::next_sidecar_version(
                                              chain->config(), chain->head()->block->header());
                                      }}),
        options.answers_when_mined ? answer_when_mined(*pool, mined_patience(now.block))
                                   : submit::BeforeAnswer{});
    subscribe::add_subscription_methods(methods, *hub);
    own.reset(new node::appliance::ApplianceBackend{.chain = *chain, .lanes = execution->config()});
    own->stations = [this] {
        RoadCounters out = execution->counters().stations;
        const VerifyStatistics verified = intake->statistics();
        // The pool's share is in it: it is the station's sink.
        out[Station::Verify] = {verified.batches, verified.transactions, verified.busy_ns};
        if (data_plane) out[Station::Ingress].transactions = data_plane->counters().transactions;
        return out;
    };
    own->detector = [this] { return execution->counters().detector; };
    node::appliance::add_switchyard_methods(methods, *own);
    if (now.engine.enabled) {
        engine.emplace(node::engine::EngineBackend{.chain = *chain,
                                                   .builder = &*builder,
                                                   .version = options.version,
                                                   .commit = options.commit});
        engine->sidecars = sidecars.get();
        node::engine::add_engine_methods(methods, *engine);
    }
}

MeteredParts Appliance::Parts::metered(const std::string& version) const {
    MeteredParts out{.chain = *chain,
                     .pool = *pool,
                     .queue = *queue,
                     .events = *events,
                     .execution = *execution,
                     .hub = *hub,
                     .verify = [this] { return intake->statistics(); },
                     .forward =
                         [this] {
                             const std::lock_guard lock(forwarder_mutex);
                             return forwarder ? forwarder->counters() : forward::ForwardCounters{};
                         },
                     .ingress = {},
                     .version = version};
    if (data_plane) out.ingress = [this] { return data_plane->counters(); };
    return out;
}

/// Blocks by the clock, as the configuration has it now.
void Appliance::Parts::produce() {
    if (now.block.interval.count() == 0) return producer.reset();
    const ProducerConfig config = producer_options(now.block);
    if (producer) return producer->configure(config);
    producer.emplace(config, *chain, *pool, *builder, log,
                     [this](const Error& error) { fail(error); });
}

Result<std::unique_ptr<Appliance>> Appliance::open(const ApplianceOptions& options,
                                                   OperatorLog& log) {
    auto parts = std::make_unique<Parts>(log);
    Parts& made = *parts;
    made.now = options.configuration;
    // From here on the destructor closes what is open.
    std::unique_ptr<Appliance> out(new Appliance(std::move(parts)));
    if (auto done = made.open_chain(options); !done) return done.error();
    if (auto done = made.open_pool(); !done) return done.error();
    if (auto done = made.open_intake(); !done) return done.error();
    if (auto done = made.forward(); !done) return done.error();
    made.add_methods(options);
    made.events.emplace(*made.chain, *made.pool, *made.eth, *made.hub, log);
    auto ports = Ports::open(made.now, made.offer());
    if (!ports) return ports.error();
    made.ports = std::move(*ports);
    made.ports->add_metrics(made.registry);
    add_appliance_metrics(made.registry, made.metered(options.version));
    made.produce();
    return out;
}

Appliance::Appliance(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Appliance::~Appliance() {
    stop();
}

ReloadReport Appliance::reload(const config::Configuration& next) {
    Parts& parts = *parts_;
    ReloadReport out;
    out.taken_over = config::changed_settings(parts.now, next, true);
    out.need_restart = config::changed_settings(parts.now, next, false);
    // Whoever drives the head does so to the end.
    if (parts.now.engine.enabled && std::erase(out.taken_over, "block.interval") != 0)
        out.need_restart.emplace_back("block.interval");
    const config::Configuration before = parts.now;
    for (const std::string_view name : out.taken_over) {
        const config::Setting& setting = *config::find_setting(name);
        setting.set(parts.now, setting.get(next));
    }
    const auto is_of = [](std::string_view table) {
        return
            [table](std::string_view name) { return config::find_setting(name)->table() == table; };
    };
    const config::Configuration& now = parts.now;
    parts.log.configure(log_level_of(now.log.level), now.log.format == "json");
    if (std::ranges::any_of(out.taken_over, is_of("pool")))
        parts.pool->set_limits(pool_options(now));
    parts.ports->reconfigure(now);
    parts.builder->reconfigure(builder_options(now));
    if (std::ranges::any_of(out.taken_over, is_of("forward")))
        if (const auto done = parts.forward(); !done) {
            parts.now.forward = before.forward;
            std::ranges::copy_if(out.taken_over, std::back_inserter(out.refused), is_of("forward"));
            std::erase_if(out.taken_over, is_of("forward"));
            out.why = done.error().message;
        }
    parts.produce();
    return out;
}

void Appliance::stop() {
    if (parts_ == nullptr) return;
    Parts& parts = *parts_;
    // Who asks first, so that what was asked is still answered.
    if (parts.ports) parts.ports->stop();
    if (parts.producer) parts.producer->stop();
    if (parts.queue) parts.queue->close();
    if (parts.data_plane) parts.data_plane->finish();
    if (parts.intake) parts.intake->stop();
    const bool was_open = parts.ports != nullptr;
    OperatorLog& log = parts.log;
    // Lost, it would be learned again.
    if (was_open)
        if (const auto saved = parts.execution->save(); !saved)
            log.warning("execute", "what was learned is not kept",
                        {{"why", saved.error().message}});
    parts_.reset();
    if (was_open) log.info("appliance", "stopped");
}

std::optional<Error> Appliance::failure() const {
    return parts_->failed();
}

const std::vector<Ports::Listening>& Appliance::listening() const {
    return parts_->ports->listening();
}

uint16_t Appliance::port(std::string_view name) const {
    return parts_->ports->port(name);
}

std::string Appliance::execution() const {
    return parts_->execution->description();
}

node::Chain& Appliance::chain() {
    return *parts_->chain;
}

Pool& Appliance::pool() {
    return *parts_->pool;
}

}  // namespace switchyard::appliance
