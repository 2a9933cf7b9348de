// SPDX-License-Identifier: Apache-2.0
// Every key, once: its range, its unit and its meaning. The example file, the checks, `config show`
// and `config explain` are made from this table.
#include <algorithm>
#include <array>

#include "host/core/hex.hpp"
#include "host/core/limits.hpp"
#include "tools/config/setting.hpp"

namespace switchyard::config {
namespace {

using C = Configuration;
constexpr bool kReloads = true;
constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kTiB = uint64_t{1} << 40;
constexpr uint64_t kSecond = 1'000;
constexpr uint64_t kHour = 3'600 * kSecond;

constexpr std::array<Table, 13> kTables{{
    {"node", "Where the appliance lives, and which chain it runs."},
    {"ingress",
     "The data plane: signed transactions off a network port (dataplane/protocol/PROTOCOL.md)."},
    {"verify", "Decoding and signatures."},
    {"pool", "Transactions that wait for a block."},
    {"execute", "Lanes, threads, and what predicts conflicts."},
    {"block", "Blocks that this appliance builds."},
    {"state", "Memory and durability of the state."},
    {"http", "JSON-RPC over HTTP."},
    {"websocket", "JSON-RPC and subscriptions over WebSocket."},
    {"engine", "The Engine API, for a consensus client. Every request needs a token (JWT)."},
    {"forward",
     "Transactions that the pool accepts, handed on to another node (eth_sendRawTransaction)."},
    {"admin", "Metrics, health and readiness. Every request needs a token (JWT)."},
    {"log", "What is written to standard error."},
}};

constexpr std::array<std::string_view, 3> kSyncs{"block", "interval", "off"};
constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
constexpr std::array<std::string_view, 6> kApis{"eth",    "net",   "web3",
                                                "txpool", "debug", "switchyard"};

std::optional<std::string> check_folder(std::string_view text) {
    if (text.empty()) return "is empty; name a folder";
    return std::nullopt;
}

std::optional<std::string> check_address(std::string_view text) {
    Address address;
    if (text.size() == 2 + 2 * address.size() && text.starts_with("0x") && from_hex(text))
        return std::nullopt;
    return "is not an address: 0x and 40 hexadecimal digits";
}

std::optional<std::string> check_extra_data(std::string_view text) {
    constexpr size_t kExtraDataMax = 32;  // Yellow Paper, 4.3
    if (text.size() <= kExtraDataMax) return std::nullopt;
    return "is longer than a header's 32 bytes";
}

bool is_number(std::string_view text, uint64_t most) {
    if (text.empty() || text.size() > 5) return false;
    uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        value = 10 * value + static_cast<uint64_t>(c - '0');
    }
    return value <= most && (text.size() == 1 || text[0] != '0');
}

bool is_ipv4(std::string_view text) {
    int parts = 0;
    while (true) {
        const size_t dot = text.find('.');
        if (!is_number(text.substr(0, dot), 255) || ++parts > 4) return false;
        if (dot == std::string_view::npos) return parts == 4;
        text.remove_prefix(dot + 1);
    }
}

std::optional<std::string> check_ipv4_or_none(std::string_view text) {
    if (text.empty() || is_ipv4(text)) return std::nullopt;
    return "is not an IPv4 address";
}

/// "127.0.0.1:8545", "[::1]:8545" or "localhost:8545".
std::optional<std::string> check_listener(std::string_view text) {
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
        return "is not an address and a port, as 127.0.0.1:8545";
    if (!is_number(text.substr(colon + 1), 65'535)) return "has no port in 0 to 65535 at its end";
    const std::string_view host = text.substr(0, colon);
    const bool is_ipv6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (host == "localhost" || is_ipv6 || is_ipv4(host)) return std::nullopt;
    return "has no IP address in front of its port; an IPv6 address stands in brackets";
}

/// What the client of `host/node/http` takes, but for the details that it checks when it starts.
std::optional<std::string> check_upstream(std::string_view text) {
    if (text.empty()) return std::nullopt;
    if (text.starts_with("https://"))
        return "needs TLS, which this side does not speak; name a proxy on this machine";
    constexpr std::string_view kScheme = "http://";
    if (text.starts_with(kScheme) && text.size() > kScheme.size() &&
        text.find(' ') == std::string_view::npos)
        return std::nullopt;
    return "is not of the form http://HOST[:PORT][/PATH]";
}

std::optional<std::string> check_lcores(std::string_view text) {
    if (text == "auto") return std::nullopt;
    const bool is_list = !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || c == ',';
    });
    if (is_list && text.front() != ',' && text.back() != ',') return std::nullopt;
    return "is neither \"auto\" nor CPUs, as \"2,3\"";
}

template <auto Section, auto Field>
constexpr Setting of(std::string_view name, Kind kind, std::string_view meaning) {
    Setting out;
    out.name = name;
    out.kind = kind;
    out.meaning = meaning;
    out.get = &Member<Section, Field>::get;
    out.set = &Member<Section, Field>::set;
    return out;
}

template <auto Section, auto Field>
constexpr Setting number(std::string_view name, Kind kind, uint64_t min, uint64_t max,
                         std::string_view unit, std::string_view meaning, bool reloads = false) {
    Setting out = of<Section, Field>(name, kind, meaning);
    out.min = min;
    out.max = max;
    out.unit = unit;
    out.reloads = reloads;
    return out;
}

template <auto Section, auto Field>
constexpr Setting words(std::string_view name, Kind kind, TextCheck check,
                        std::span<const std::string_view> choices, std::string_view meaning,
                        bool reloads = false) {
    Setting out = of<Section, Field>(name, kind, meaning);
    out.check = check;
    out.choices = choices;
    out.reloads = reloads;
    return out;
}

/// The keys of `http` and `websocket`, which differ in their names.
template <auto Section>
constexpr std::array<Setting, 10> rpc_keys(const std::array<std::string_view, 10>& names) {
    using R = RpcSection;
    return {
        of<Section, &R::enabled>(names[0], Kind::Switch, "Whether the port is opened."),
        words<Section, &R::address>(
            names[1], Kind::Text, check_listener, {},
            "Where it listens; HTTP and WebSocket may share one, which then has the keys of "
            "[http]. "
            "An address other than this machine's own is open to everybody who "
            "can reach it; `config check` says so."),
        words<Section, &R::apis>(
            names[2], Kind::Texts, nullptr, kApis,
            "Namespaces of methods that it answers. debug and txpool cost more than others."),
        words<Section, &R::cors>(
            names[3], Kind::Texts, nullptr, {},
            "Origins whose pages may ask from a browser; \"*\": all; empty: none.", kReloads),
        words<Section, &R::hosts>(
            names[4], Kind::Texts, nullptr, {},
            "Names by which it may be asked (the Host header), besides IP addresses; \"*\": all. "
            "Keeps pages of other names away that resolve to this machine (DNS rebinding).",
            kReloads),
        number<Section, &R::connections>(names[5], Kind::Count, 1, 65'536, "connections",
                                         "Connections at a time; further ones are refused.",
                                         kReloads),
        number<Section, &R::body>(names[6], Kind::Bytes, 1'024, 256 * kMiB, "",
                                  "The largest request.", kReloads),
        number<Section, &R::batch>(names[7], Kind::Count, 1, 100'000, "requests",
                                   "Requests of one batch.", kReloads),
        number<Section, &R::rate>(
            names[8], Kind::Count, 0, 100'000'000, "requests per second",
            "What one client address may ask; a batch is one request. Twice as "
            "many may come at once. 0: no limit.",
            kReloads),
        number<Section, &R::timeout>(names[9], Kind::Duration, 100, kHour, "",
                                     "What a request may take, and an idle connection may stay.",
                                     kReloads),
    };
}

constexpr auto kHttp = rpc_keys<&C::http>({"http.enabled", "http.address", "http.apis", "http.cors",
                                           "http.hosts", "http.connections", "http.body",
                                           "http.batch", "http.rate", "http.timeout"});
constexpr auto kWebsocket = rpc_keys<&C::websocket>(
    {"websocket.enabled", "websocket.address", "websocket.apis", "websocket.cors",
     "websocket.hosts", "websocket.connections", "websocket.body", "websocket.batch",
     "websocket.rate", "websocket.timeout"});

constexpr std::array kBefore{
    words<&C::node, &NodeSection::folder>("node.folder", Kind::Text, check_folder, {},
                                          "The chain's state and journal, blocks, pool, and what "
                                          "was learned. One process at a time."),
    words<&C::node, &NodeSection::genesis>(
        "node.genesis", Kind::Text, nullptr, {},
        "A genesis file in go-ethereum's format, read when the folder is new. Empty: a development "
        "chain with funded accounts."),

    words<&C::ingress, &IngressSection::device>(
        "ingress.device", Kind::Text, nullptr, {},
        "The DPDK device that receives: a PCI address, as \"0000:81:00.0\", or a virtual one, as "
        "\"net_af_packet0,iface=eth0\" (`switchyard port list`). Empty: no data plane."),
    words<&C::ingress, &IngressSection::address>(
        "ingress.address", Kind::Text, check_ipv4_or_none, {},
        "The IPv4 address of that port, which DPDK takes from the kernel. Needed with a device."),
    number<&C::ingress, &IngressSection::udp_port>("ingress.udp_port", Kind::Count, 1, 65'535, "",
                                                   "The UDP port of the ingest protocol."),
    number<&C::ingress, &IngressSection::queues>(
        "ingress.queues", Kind::Count, 1, 64, "queues",
        "Receive queues, each with a core of its own (RSS)."),
    words<&C::ingress, &IngressSection::lcores>("ingress.lcores", Kind::Text, check_lcores, {},
                                                "CPUs that receive, as \"2,3\"; all others verify. "
                                                "\"auto\" chooses by NUMA node; two cores "
                                                "or fewer share one."),
    number<&C::ingress, &IngressSection::per_source>(
        "ingress.per_source", Kind::Count, 0, 100'000'000, "transactions per second",
        "What one source may send; what is above it is dropped first. 0: no limit."),

    number<&C::verify, &VerifySection::batch>(
        "verify.batch", Kind::Count, 1, kBatchTransactionsMax, "transactions",
        "The most that are verified together, of what is there. Signatures are cheapest from 256 "
        "on, and one sync of the disk serves all of them."),
    number<&C::verify, &VerifySection::known_keys>(
        "verify.known_keys", Kind::Count, 0, 100'000'000, "keys",
        "Public keys that are kept, so that hints of senders are of use: 90 bytes each."),
    of<&C::verify, &VerifySection::require_replay_protection>(
        "verify.require_replay_protection", Kind::Switch,
        "Refuse legacy transactions without a chain id (EIP-155)."),

    number<&C::pool, &PoolSection::transactions>(
        "pool.transactions", Kind::Count, 1, 100'000'000, "transactions",
        "The most that wait at a time. A lower limit evicts the cheapest of those that came by "
        "JSON-RPC.",
        kReloads),
    number<&C::pool, &PoolSection::bytes>("pool.bytes", Kind::Bytes, kMiB, kTiB, "",
                                          "The same in bytes, as they are encoded.", kReloads),
    number<&C::pool, &PoolSection::transactions_per_sender>(
        "pool.transactions_per_sender", Kind::Count, 1, 1'000'000, "transactions",
        "The most of one sender.", kReloads),
    number<&C::pool, &PoolSection::min_tip>("pool.min_tip", Kind::Count, 0, 1'000'000'000'000'000,
                                            "wei per gas", "Below this a tip is refused.",
                                            kReloads),
    number<&C::pool, &PoolSection::price_bump>(
        "pool.price_bump", Kind::Count, 0, 1'000, "percent",
        "By how much the fees must rise to replace a transaction.", kReloads),
    number<&C::pool, &PoolSection::lifetime>(
        "pool.lifetime", Kind::Duration, kSecond, 720 * kHour, "",
        "How long a transaction waits behind a gap of nonces.", kReloads),
    number<&C::pool, &PoolSection::blob_bytes>(
        "pool.blob_bytes", Kind::Bytes, kMiB, kTiB, "",
        "Blobs of waiting transactions, in memory; dearer ones take the place of others.",
        kReloads),

    number<&C::execute, &ExecuteSection::lanes>(
        "execute.lanes", Kind::Count, 1, kLanesMax, "lanes",
        "Lanes that a block is sorted into: well above the threads."),
    number<&C::execute, &ExecuteSection::threads>("execute.threads", Kind::Count, 0, 256, "threads",
                                                  "Threads that execute. 0: one for each core."),
    words<&C::execute, &ExecuteSection::detector>(
        "execute.detector", Kind::Text, nullptr, {},
        "Who sorts: \"software\", or a card (`switchyard card list`). One that is not there is an "
        "error, never replaced silently."),
    of<&C::execute, &ExecuteSection::look_ahead>(
        "execute.look_ahead", Kind::Switch,
        "Arrange each block by what depends on each transaction. For chains whose accesses are "
        "nearly all foreseen."),
    of<&C::execute, &ExecuteSection::learn>(
        "execute.learn", Kind::Switch,
        "Learn from each block what its functions access, and keep it in the folder."),

    number<&C::block, &BlockSection::interval>("block.interval", Kind::Duration, 0, 12 * kSecond,
                                               "",
                                               "Build a block each time this has passed: 100 ms to "
                                               "12 s. 0: only when the Engine API asks.",
                                               kReloads),
    number<&C::block, &BlockSection::gas_limit>(
        "block.gas_limit", Kind::Count, 5'000, UINT64_C(1) << 62, "gas",
        "What a block's gas limit moves to, by a 1024th each.", kReloads),
    words<&C::block, &BlockSection::beneficiary>("block.beneficiary", Kind::Text, check_address, {},
                                                 "Who gets the fees of blocks built on a timer.",
                                                 kReloads),
    words<&C::block, &BlockSection::extra_data>("block.extra_data", Kind::Text, check_extra_data,
                                                {}, "The header's extra data: up to 32 bytes.",
                                                kReloads),

    number<&C::state, &StateSection::cache>(
        "state.cache", Kind::Bytes, kMiB, 64 * kTiB, "",
        "Memory for accounts and slots that are on the disk as well."),
    number<&C::state, &StateSection::changes>(
        "state.changes", Kind::Bytes, kMiB, 64 * kTiB, "",
        "Memory for what blocks have changed since the last checkpoint."),
    number<&C::state, &StateSection::trie_cache>("state.trie_cache", Kind::Bytes, kMiB, 64 * kTiB,
                                                 "", "Memory for the trie's nodes."),
    number<&C::state, &StateSection::undo_blocks>(
        "state.undo_blocks", Kind::Count, 1, 1'000'000, "blocks",
        "How far a re-organization may go back, and state be asked for."),
    words<&C::state, &StateSection::sync>(
        "state.sync", Kind::Choice, nullptr, kSyncs,
        "When a block counts as durable: block: as soon as it is on the disk; interval: the same, "
        "with one sync for all blocks of `sync_interval`, so that acknowledgements wait; off: when "
        "the operating system has it, and a loss of power loses it."),
    number<&C::state, &StateSection::sync_interval>("state.sync_interval", Kind::Duration, 1,
                                                    60 * kSecond, "", "See sync."),
    number<&C::state, &StateSection::backlog>(
        "state.backlog", Kind::Bytes, 16 * kMiB, 64 * kTiB, "",
        "The journal's blocks that no checkpoint holds; near it transactions are made to wait."),
};

constexpr std::array kAfter{
    of<&C::engine, &EngineSection::enabled>("engine.enabled", Kind::Switch,
                                            "Whether the port is opened."),
    words<&C::engine, &EngineSection::address>("engine.address", Kind::Text, check_listener, {},
                                               "Where it listens."),
    words<&C::engine, &EngineSection::secret>(
        "engine.secret", Kind::Text, nullptr, {},
        "The file of the secret that both sides share: 32 bytes in hexadecimal. Empty: jwt.hex in "
        "the node's folder, made where it is missing."),
    words<&C::forward, &ForwardSection::url>(
        "forward.url", Kind::Text, check_upstream, {},
        "Where the other node answers JSON-RPC, as http://127.0.0.1:8545. Empty: nothing is handed "
        "on.",
        kReloads),
    number<&C::forward, &ForwardSection::transactions>(
        "forward.transactions", Kind::Count, 1, 10'000'000, "transactions",
        "The most that wait for it; more are not handed on, and counted.", kReloads),
    number<&C::forward, &ForwardSection::bytes>("forward.bytes", Kind::Bytes, kMiB, kTiB, "",
                                                "The same in bytes.", kReloads),
    number<&C::forward, &ForwardSection::batch>("forward.batch", Kind::Count, 1, 10'000,
                                                "transactions", "Transactions of one request.",
                                                kReloads),
    number<&C::forward, &ForwardSection::timeout>(
        "forward.timeout", Kind::Duration, 100, 600 * kSecond, "",
        "What connecting and each request may take.", kReloads),
    number<&C::forward, &ForwardSection::lifetime>(
        "forward.lifetime", Kind::Duration, kSecond, 24 * kHour, "",
        "How long it is tried while the other node is away or busy.", kReloads),
    of<&C::admin, &AdminSection::enabled>("admin.enabled", Kind::Switch,
                                          "Whether the port is opened."),
    words<&C::admin, &AdminSection::address>("admin.address", Kind::Text, check_listener, {},
                                             "Where it listens."),
    words<&C::admin, &AdminSection::secret>(
        "admin.secret", Kind::Text, nullptr, {},
        "As engine.secret; empty: admin.hex in the node's folder. Its hexadecimal digits "
        "themselves are a token, too, for those who cannot make one."),
    words<&C::log, &LogSection::level>("log.level", Kind::Choice, nullptr, kLevels,
                                       "The least that is written.", kReloads),
    words<&C::log, &LogSection::format>("log.format", Kind::Choice, nullptr, kFormats,
                                        "Lines for people, or an object a line for machines.",
                                        kReloads),
};

constexpr auto kSettings = [] {
    std::array<Setting, kBefore.size() + kHttp.size() + kWebsocket.size() + kAfter.size()> out;
    auto end = std::ranges::copy(kBefore, out.begin()).out;
    end = std::ranges::copy(kHttp, end).out;
    end = std::ranges::copy(kWebsocket, end).out;
    std::ranges::copy(kAfter, end);
    return out;
}();

}  // namespace

std::span<const Setting> settings() {
    return kSettings;
}

std::span<const Table> tables() {
    return kTables;
}

}  // namespace switchyard::config
