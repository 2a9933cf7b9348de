// SPDX-License-Identifier: Apache-2.0
// Opening and closing a chain.
#include <algorithm>
#include <cstddef>
#include <thread>

#include "host/c/boundary.hpp"
#include "host/node/genesis/development.hpp"

using namespace switchyard;
using c::Outcome;

namespace {

constexpr uint32_t kThreadsMax = 256;
constexpr size_t kOptionsFirst = offsetof(switchyard_options, cache_bytes) + sizeof(uint64_t);
constexpr size_t kDetectorFirst = offsetof(switchyard_detector_info, fallbacks) + sizeof(uint64_t);

Result<node::Genesis> genesis_of(const switchyard_options& options) {
    if (options.genesis_file != nullptr && options.genesis_json != nullptr)
        return Error{ErrorCode::InvalidInput, "genesis_file and genesis_json are both given"};
    if (options.genesis_file != nullptr) return node::load_genesis(options.genesis_file);
    if (options.genesis_json != nullptr) {
        const size_t length = options.genesis_json_length != 0 ? options.genesis_json_length
                                                               : std::strlen(options.genesis_json);
        return node::read_genesis({options.genesis_json, length});
    }
    node::DevelopmentOptions development;
    if (options.development_chain_id != 0) development.chain_id = options.development_chain_id;
    if (options.gas_limit != 0) development.gas_limit = options.gas_limit;
    if (options.development_fork != nullptr) {
        const auto revision = revision_from_name(options.development_fork);
        if (!revision)
            return Error{ErrorCode::InvalidInput, std::string("development_fork: \"") +
                                                      options.development_fork + "\" is no fork"};
        development.revision = *revision;
    }
    return node::development_genesis(development);
}

Result<embedded::EmbeddedOptions> embedded_options(const switchyard_options& options) {
    if (options.sync > SWITCHYARD_SYNC_NEVER)
        return Error{ErrorCode::InvalidInput, "sync is no SWITCHYARD_SYNC_ value"};
    if (options.execution > SWITCHYARD_EXECUTION_LANES)
        return Error{ErrorCode::InvalidInput, "execution is no SWITCHYARD_EXECUTION_ value"};
    if ((options.flags & ~uint32_t{SWITCHYARD_CHECK_SERIALLY}) != 0)
        return Error{ErrorCode::InvalidInput, "flags has bits that mean nothing"};
    embedded::EmbeddedOptions out;
    if (options.folder != nullptr) out.folder = options.folder;
    out.sync = options.sync == SWITCHYARD_SYNC_ALWAYS ? journal::SyncPolicy::Block
                                                      : journal::SyncPolicy::Off;
    out.check_serially = (options.flags & SWITCHYARD_CHECK_SERIALLY) != 0;
    if (options.lanes != 0) out.lanes.lanes = options.lanes;
    out.lanes.threads = options.threads != 0
                            ? options.threads
                            : std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsMax);
    out.lanes.serial_where_faster = options.execution == SWITCHYARD_EXECUTION_AUTO;
    if (options.detector != nullptr) out.lanes.detector = options.detector;
    if (options.xclbin_file != nullptr)
        out.lanes.detector_options.xclbin_path = options.xclbin_file;
    if (options.gas_limit != 0) out.gas_limit = options.gas_limit;
    if (options.pool_transactions != 0) out.pool.transactions_max = options.pool_transactions;
    if (options.cache_bytes != 0) out.cache_bytes = options.cache_bytes;
    return out;
}

void copy_text(const std::string& from, char* to, size_t room) {
    const size_t length = std::min(from.size(), room - 1);
    std::memcpy(to, from.data(), length);
    to[length] = '\0';
}

}  // namespace

extern "C" {

switchyard_status switchyard_options_init(switchyard_options* options, size_t struct_size) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"options", options}})) return *refused;
        if (struct_size < kOptionsFirst || struct_size > 4096)
            return {SWITCHYARD_INVALID_INPUT, "struct_size is not sizeof(switchyard_options)"};
        // Zeros are the defaults, of members that this library does not know as well.
        std::memset(static_cast<void*>(options), 0, struct_size);
        options->struct_size = struct_size;
        return {};
    });
}

switchyard_status switchyard_open(const switchyard_options* options, switchyard_chain** chain) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"chain", chain}})) return *refused;
        switchyard_options given{};
        if (options != nullptr)
            if (auto refused = c::read_sized(options, kOptionsFirst, &given, sizeof given))
                return *refused;
        auto chosen = embedded_options(given);
        if (!chosen) return chosen.error();
        auto genesis = genesis_of(given);
        if (!genesis) return genesis.error();
        auto opened = embedded::EmbeddedChain::open(std::move(*genesis), std::move(*chosen));
        if (!opened) return opened.error();
        auto entry = std::make_shared<c::ChainEntry>();
        entry->chain = std::move(*opened);
        *chain = c::chains().add(std::move(entry));
        return {};
    });
}

switchyard_status switchyard_close(switchyard_chain* chain) {
    return c::guarded(__func__, [&]() -> Outcome {
        const auto entry = c::chains().take(chain);
        if (entry == nullptr) return c::no_such_handle("chain");
        const std::unique_lock alone(entry->in_use);
        entry->chain.reset();
        return {};
    });
}

switchyard_status switchyard_detector(switchyard_chain* chain, switchyard_detector_info* info) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"info", info}})) return *refused;
        if (auto refused = c::check_sized(info, kDetectorFirst)) return *refused;
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        const DetectorSummary detector = lease->lanes().detector();
        switchyard_detector_info out{};
        switch (detector.kind) {
            case DetectorKind::Hardware:
                out.kind = SWITCHYARD_DETECTOR_HARDWARE;
                break;
            case DetectorKind::Emulated:
                out.kind = SWITCHYARD_DETECTOR_EMULATED;
                break;
            case DetectorKind::Software:
                out.kind = SWITCHYARD_DETECTOR_SOFTWARE;
                break;
        }
        copy_text(detector.name, out.name, sizeof out.name);
        copy_text(detector.description, out.description, sizeof out.description);
        out.batches = detector.counters.batches;
        out.failures = detector.counters.failures;
        out.fallbacks = detector.health.fallbacks;
        c::write_sized(&out, sizeof out, info);
        return {};
    });
}

}  // extern "C"
