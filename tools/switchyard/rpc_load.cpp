// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/rpc_load.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <thread>

#include "host/chain/transaction.hpp"
#include "host/core/hex.hpp"
#include "host/ingest/verified_queue.hpp"
#include "host/ingest/verify_station.hpp"
#include "host/node/http/server.hpp"
#include "host/node/submit/raw_transactions.hpp"
#include "simd/keccak256.hpp"
#include "tools/rpc_client/connection.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard::tool {
namespace {

size_t count_hashes(std::string_view response) {
    constexpr std::string_view kResult = "\"result\":\"0x";
    size_t count = 0;
    for (size_t at = response.find(kResult); at != std::string_view::npos;
         at = response.find(kResult, at + kResult.size()))
        ++count;
    return count;
}

std::string hash_text(BytesView transaction) {
    Bytes32 hash;
    simd::keccak256(transaction, hash.bytes);
    return to_hex(hash);
}

/// Drops what it is given, having accepted it.
class AcceptingSink final : public TransactionSink {
  public:
    [[nodiscard]] size_t room() const override { return kBatchTransactionsMax; }
    void accept(std::span<SignedTransaction>, std::span<Verdict> verdicts) override {
        std::ranges::fill(verdicts, Verdict::Accepted);
    }
};

}  // namespace

std::vector<Bytes> signed_transactions(size_t count, uint64_t seed) {
    const workloads::Signer signer;
    std::vector<workloads::Identity> senders;
    for (size_t i = 0; i < kLoadSenders; ++i)
        senders.push_back(signer.identity(seed, i));
    std::vector<Bytes> out;
    out.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        Transaction transaction;
        transaction.type = TransactionType::DynamicFee;
        transaction.chain_id = 1;
        transaction.nonce = i / kLoadSenders;
        transaction.max_priority_fee_per_gas = Uint256{1'000'000'000};
        transaction.max_fee_per_gas = Uint256{30'000'000'000};
        transaction.gas_limit = 21'000;
        transaction.to = senders[(i + 1) % kLoadSenders].address;
        transaction.value = Uint256{1 + i};
        out.push_back(signer.sign(transaction, senders[i % kLoadSenders]));
    }
    return out;
}

std::vector<std::string> raw_transaction_requests(std::span<const Bytes> transactions,
                                                  size_t batch) {
    std::vector<std::string> out;
    for (size_t begin = 0; begin < transactions.size(); begin += batch) {
        std::string text;
        if (batch > 1) text += '[';
        const size_t end = std::min(begin + batch, transactions.size());
        for (size_t i = begin; i < end; ++i) {
            if (i != begin) text += ',';
            text += R"({"jsonrpc":"2.0","id":)";
            text += std::to_string(i);
            text += R"(,"method":"eth_sendRawTransaction","params":[")";
            text += to_hex(transactions[i]);
            text += "\"]}";
        }
        if (batch > 1) text += ']';
        out.push_back(std::move(text));
    }
    return out;
}

struct RpcLoad::State {
    std::unique_ptr<SubmissionQueue> queue;
    rpc::MethodTable table;
    std::unique_ptr<rpc::Dispatcher> dispatcher;
    std::unique_ptr<http::Server> server;
    std::thread consumer;
    std::atomic<bool> stop{false};
    rpc::DispatchScratch scratch;

    /// Takes what was submitted until told to stop.
    void consume(Acceptance acceptance) {
        VerifyStation station({});
        AcceptingSink sink;
        std::vector<RawTransaction> batch(256);
        const std::vector<Verdict> accepted(batch.size(), Verdict::Accepted);
        while (!stop.load(std::memory_order_relaxed)) {
            size_t count = 0;
            if (acceptance == Acceptance::Verified) {
                count = station.step(*queue, sink);
            } else {
                count = queue->poll(batch);
                queue->release(std::span(batch).first(count), std::span(accepted).first(count));
            }
            if (count == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    }
};

RpcLoad::RpcLoad(std::unique_ptr<State> state) : state_(std::move(state)) {}

RpcLoad::~RpcLoad() {
    state_->server->stop();
    state_->stop.store(true);
    state_->consumer.join();
}

Result<std::unique_ptr<RpcLoad>> RpcLoad::create(Acceptance acceptance) {
    auto state = std::make_unique<State>();
    auto queue = SubmissionQueue::create({});
    if (!queue) return queue.error();
    state->queue = std::move(*queue);
    submit::add_submission_methods(state->table, *state->queue);
    state->dispatcher = std::make_unique<rpc::Dispatcher>(state->table, rpc::DispatchLimits{});
    http::ServerConfig config;
    http::PortConfig port;
    port.port = 0;
    port.dispatcher = state->dispatcher.get();
    config.ports.push_back(port);
    auto server = http::Server::start(std::move(config));
    if (!server) return server.error();
    state->server = std::move(*server);
    state->consumer = std::thread([raw = state.get(), acceptance] { raw->consume(acceptance); });
    return std::unique_ptr<RpcLoad>(new RpcLoad(std::move(state)));
}

std::string RpcLoad::answer(std::string request) {
    rpc::Context context;
    std::string out;
    state_->dispatcher->answer(state_->scratch, request, context, out);
    return out;
}

Result<double> RpcLoad::run(std::span<const std::string> requests,
                            std::span<const Bytes> transactions, size_t connections) {
    return send_requests(state_->server->port(), requests, transactions, connections);
}

Result<double> send_requests(uint16_t port, std::span<const std::string> requests,
                             std::span<const Bytes> transactions, size_t connections) {
    std::vector<Result<size_t>> hashes(connections, Result<size_t>(0));
    const size_t per_request = (transactions.size() + requests.size() - 1) / requests.size();
    const auto client = [&](size_t number) -> Result<size_t> {
        auto connection = Connection::open(port);
        if (!connection) return connection.error();
        size_t count = 0;
        for (size_t i = number; i < requests.size(); i += connections) {
            const auto reply = connection->post(requests[i]);
            if (!reply) return reply.error();
            const bool right =
                i != number ||
                reply->body.find(hash_text(transactions[i * per_request])) != std::string::npos;
            if (reply->status != 200 || !right)
                return Error{ErrorCode::Mismatch, fmt::format("status {}: {}", reply->status,
                                                              reply->body.substr(0, 200))};
            count += count_hashes(reply->body);
        }
        return count;
    };
    const double begin = wall_ns();
    std::vector<std::thread> threads;
    for (size_t i = 0; i < connections; ++i)
        threads.emplace_back([&, i] { hashes[i] = client(i); });
    for (std::thread& thread : threads)
        thread.join();
    const double seconds = (wall_ns() - begin) / 1e9;
    size_t all = 0;
    for (const Result<size_t>& of_connection : hashes) {
        if (!of_connection) return of_connection.error();
        all += *of_connection;
    }
    if (all != transactions.size())
        return Error{ErrorCode::Mismatch,
                     fmt::format("{} of {} transactions were accepted", all, transactions.size())};
    return seconds;
}

}  // namespace switchyard::tool
