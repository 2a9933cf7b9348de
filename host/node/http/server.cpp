// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "host/node/http/port.hpp"

namespace switchyard::http {
namespace {

using net::ip::tcp;

/// How long accepting pauses when the process has no descriptors left.
constexpr std::chrono::milliseconds kAcceptPause{100};

/// Milliseconds that connections get to end once their sockets are closed.
constexpr int kAbortRounds = 1000;

/// Accepts connections of one port, on its own strand.
class Listener : public std::enable_shared_from_this<Listener> {
  public:
    Listener(net::io_context& context, std::shared_ptr<Port> port)
        : context_(context),
          port_(std::move(port)),
          acceptor_(net::make_strand(context)),
          pause_(acceptor_.get_executor()) {}

    Result<void> listen() {
        boost::system::error_code error;
        const auto address = net::ip::make_address(port_->config.address, error);
        if (error)
            return Error{ErrorCode::InvalidInput, port_->config.name + ": '" +
                                                      port_->config.address +
                                                      "' is no IPv4 or IPv6 address"};
        const tcp::endpoint endpoint(address, port_->config.port);
        acceptor_.open(endpoint.protocol(), error);
        if (!error) acceptor_.set_option(net::socket_base::reuse_address(true), error);
        if (!error) acceptor_.bind(endpoint, error);
        if (!error) acceptor_.listen(net::socket_base::max_listen_connections, error);
        if (!error) number_ = acceptor_.local_endpoint(error).port();
        if (error)
            return Error{ErrorCode::Unavailable,
                         port_->config.name + ": cannot listen on " + port_->config.address + ":" +
                             std::to_string(port_->config.port) + ": " + error.message()};
        return {};
    }

    void accept() {
        acceptor_.async_accept(
            net::make_strand(context_),
            [self = shared_from_this()](boost::system::error_code error, tcp::socket socket) {
                self->on_accept(error, std::move(socket));
            });
    }

    void stop() {
        net::post(acceptor_.get_executor(), [self = shared_from_this()] {
            self->stopped_ = true;
            boost::system::error_code ignored;
            self->acceptor_.close(ignored);
            self->pause_.cancel();
        });
    }

    [[nodiscard]] uint16_t number() const { return number_; }

  private:
    void on_accept(boost::system::error_code error, tcp::socket socket) {
        if (stopped_) return;
        if (error) {
            pause_.expires_after(kAcceptPause);
            pause_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
                if (!cancelled && !self->stopped_) self->accept();
            });
            return;
        }
        const size_t most = port_->live.refresh(config_).limits.connections_max;
        if (port_->counters.connections_open.load(std::memory_order_relaxed) >= most) {
            count(port_->counters.connections_refused);
            boost::system::error_code ignored;
            socket.close(ignored);
        } else {
            boost::system::error_code ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            const int send_bytes = port_->config.limits.send_buffer_bytes;
            if (send_bytes > 0)
                socket.set_option(net::socket_base::send_buffer_size(send_bytes), ignored);
            serve_http(port_, std::move(socket));
        }
        accept();
    }

    net::io_context& context_;
    std::shared_ptr<Port> port_;
    Live<PortConfig>::Pointer config_;
    tcp::acceptor acceptor_;
    net::steady_timer pause_;
    uint16_t number_ = 0;
    bool stopped_ = false;
};

}  // namespace

struct Server::State {
    explicit State(unsigned io_threads)
        : context(std::make_shared<net::io_context>(static_cast<int>(io_threads))),
          guard(net::make_work_guard(*context)) {}

    std::shared_ptr<net::io_context> context;
    net::executor_work_guard<net::io_context::executor_type> guard;
    std::vector<std::shared_ptr<Port>> ports;
    std::vector<std::shared_ptr<Listener>> listeners;
    std::vector<std::thread> threads;
    std::mutex stop_mutex;
    bool stopped = false;

    [[nodiscard]] bool idle() const {
        for (const auto& port : ports)
            if (port->counters.connections_open.load(std::memory_order_relaxed) != 0) return false;
        return true;
    }
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
    stop();
}

Result<std::unique_ptr<Server>> Server::start(ServerConfig config) {
    const unsigned io_threads = std::max(config.io_threads, 1U);
    auto state = std::make_unique<State>(io_threads);
    for (PortConfig& configured : config.ports) {
        auto port = std::make_shared<Port>(std::move(configured), state->context);
        auto listener = std::make_shared<Listener>(*state->context, port);
        if (auto listening = listener->listen(); !listening) return listening.error();
        port->workers = std::make_unique<WorkerPool>(std::max(port->config.workers, 1U),
                                                     port->config.limits.queued_requests_max);
        state->ports.push_back(std::move(port));
        state->listeners.push_back(std::move(listener));
    }
    for (const auto& listener : state->listeners)
        listener->accept();
    for (unsigned i = 0; i < io_threads; ++i)
        state->threads.emplace_back([context = state->context] { context->run(); });
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

uint16_t Server::port(size_t index) const {
    return state_->listeners.at(index)->number();
}

const PortCounters& Server::counters(size_t index) const {
    return state_->ports.at(index)->counters;
}

size_t Server::queued(size_t index) const {
    return state_->ports.at(index)->workers->queued();
}

void Server::reconfigure(size_t index, const PortConfig& next) {
    state_->ports.at(index)->reconfigure(next);
}

void Server::adopt(int descriptor, size_t index) {
    tcp::socket socket(net::make_strand(*state_->context));
    boost::system::error_code ignored;
    socket.assign(tcp::v4(), descriptor, ignored);
    serve_http(state_->ports.at(index), std::move(socket));
}

void Server::stop(std::chrono::milliseconds grace) {
    const std::lock_guard lock(state_->stop_mutex);
    if (state_->stopped) return;
    state_->stopped = true;
    for (const auto& listener : state_->listeners)
        listener->stop();
    for (const auto& port : state_->ports)
        for (const auto& session : port->sessions())
            session->finish();
    const auto end = std::chrono::steady_clock::now() + grace;
    while (!state_->idle() && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    // Methods that still run are told, and waited for: they hold connections.
    for (const auto& port : state_->ports) {
        port->stopping.store(true, std::memory_order_relaxed);
        port->workers->stop();
    }
    // Again and again: a connection may have become a WebSocket in between. Not for ever: somebody
    // else may hold one as a subscriber, whose socket is closed by then.
    for (int round = 0; round < kAbortRounds && !state_->idle(); ++round) {
        for (const auto& port : state_->ports)
            for (const auto& session : port->sessions())
                session->abort();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    // The threads end when no operation is left.
    state_->guard.reset();
    for (std::thread& thread : state_->threads)
        thread.join();
}

}  // namespace switchyard::http
