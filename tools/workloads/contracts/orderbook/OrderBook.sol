// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IErc20} from "../shared/IErc20.sol";
import {ReentrancyGuard} from "../shared/ReentrancyGuard.sol";
import {SafeTransfer} from "../shared/SafeTransfer.sol";
import {TickSet} from "./TickSet.sol";

/// A market with a central limit order book: price-time priority, one queue for each price, funds deposited before.
///
/// Prices are ticks of 1 to 4095; a lot of base currency costs `tick * TICK_VALUE` of quote currency. An order takes
/// what crosses it, at the prices of those that wait, and then waits itself. Makers pay nothing, takers 0.05%.
contract OrderBook is ReentrancyGuard {
    using SafeTransfer for IErc20;
    using TickSet for TickSet.Set;

    struct Order {
        address owner; // one slot with the next three
        uint16 tick;
        bool isBid;
        uint64 next; // behind it in its queue; 0: it is the last
        uint128 lots; // still wanted; 0: filled or cancelled
    }

    struct Level {
        uint64 head;
        uint64 tail;
        uint128 lots; // of all orders that wait here
    }

    struct Balance {
        uint128 base;
        uint128 quote;
    }

    uint256 public constant LOT = 1e15;
    uint256 public constant TICK_VALUE = 1e12;
    uint256 private constant FEE_DENOMINATOR = 2000;
    uint256 private constant FILLS_MAX = 8;
    uint16 private constant TICK_MAX = 4095;

    IErc20 public immutable base;
    IErc20 public immutable quote;
    address public immutable feeCollector;

    mapping(address => Balance) public balances;
    mapping(uint64 => Order) public orders;
    mapping(uint16 => Level) public bidLevels;
    mapping(uint16 => Level) public askLevels;
    TickSet.Set private _bids;
    TickSet.Set private _asks;
    uint64 public orderCount;
    uint192 public fees; // in quote currency

    event Deposited(address indexed owner, uint256 base, uint256 quote);
    event Withdrawn(address indexed owner, uint256 base, uint256 quote);
    event Placed(uint64 indexed id, address indexed owner, bool isBid, uint16 tick, uint128 lots);
    event Filled(uint64 indexed maker, uint64 indexed taker, uint16 tick, uint128 lots);
    event Cancelled(uint64 indexed id, uint128 lots);

    error InvalidTick(uint16 tick);
    error NoLots();
    error NotYours(uint64 id);
    error NotOpen(uint64 id);
    error NotFeeCollector();

    constructor(IErc20 base_, IErc20 quote_) {
        base = base_;
        quote = quote_;
        feeCollector = msg.sender;
    }

    function deposit(uint128 baseAmount, uint128 quoteAmount) external nonReentrant {
        Balance storage balance = balances[msg.sender];
        balance.base += baseAmount;
        balance.quote += quoteAmount;
        if (baseAmount > 0) base.safeTransferFrom(msg.sender, address(this), baseAmount);
        if (quoteAmount > 0) quote.safeTransferFrom(msg.sender, address(this), quoteAmount);
        emit Deposited(msg.sender, baseAmount, quoteAmount);
    }

    function withdraw(uint128 baseAmount, uint128 quoteAmount) external nonReentrant {
        Balance storage balance = balances[msg.sender];
        balance.base -= baseAmount;
        balance.quote -= quoteAmount;
        if (baseAmount > 0) base.safeTransfer(msg.sender, baseAmount);
        if (quoteAmount > 0) quote.safeTransfer(msg.sender, quoteAmount);
        emit Withdrawn(msg.sender, baseAmount, quoteAmount);
    }

    /// What is left after FILLS_MAX orders were met and still crosses the book is dropped, so that gas is bounded and
    /// the book never crosses.
    function place(bool isBid, uint16 tick, uint128 lots) external returns (uint64 id) {
        if (tick == 0 || tick > TICK_MAX) revert InvalidTick(tick);
        if (lots == 0) revert NoLots();
        id = ++orderCount;
        emit Placed(id, msg.sender, isBid, tick, lots);
        uint128 left = _take(id, isBid, tick, lots);
        if (left > 0 && !_crosses(isBid, tick)) _wait(id, isBid, tick, left);
    }

    function cancel(uint64 id) external {
        Order storage order = orders[id];
        uint128 lots = order.lots;
        if (order.owner != msg.sender) revert NotYours(id);
        if (lots == 0) revert NotOpen(id);
        // It stays in its queue, empty, until the queue moves past it.
        order.lots = 0;
        uint16 tick = order.tick;
        Level storage level = order.isBid ? bidLevels[tick] : askLevels[tick];
        level.lots -= lots;
        if (level.lots == 0) _close(order.isBid, tick, level);
        if (order.isBid) balances[msg.sender].quote += _cost(tick, lots);
        else balances[msg.sender].base += _toBase(lots);
        emit Cancelled(id, lots);
    }

    function collectFees() external {
        if (msg.sender != feeCollector) revert NotFeeCollector();
        balances[msg.sender].quote += uint128(fees);
        fees = 0;
    }

    /// 0 where nobody waits.
    function bestBid() public view returns (uint16) {
        return _bids.highest();
    }

    function bestAsk() public view returns (uint16) {
        return _asks.lowest();
    }

    function _crosses(bool isBid, uint16 tick) private view returns (bool) {
        uint16 best = isBid ? bestAsk() : bestBid();
        return best != 0 && (isBid ? best <= tick : best >= tick);
    }

    function _take(uint64 taker, bool isBid, uint16 tick, uint128 lots) private returns (uint128) {
        Balance storage balance = balances[msg.sender];
        for (uint256 fills = 0; fills < FILLS_MAX && lots > 0 && _crosses(isBid, tick); ++fills) {
            uint16 best = isBid ? bestAsk() : bestBid();
            Level storage level = isBid ? askLevels[best] : bidLevels[best];
            uint64 head = level.head;
            Order storage maker = orders[head];
            uint128 filled = maker.lots < lots ? maker.lots : lots;
            if (filled == 0) {
                level.head = maker.next; // was cancelled
                continue;
            }
            lots -= filled;
            maker.lots -= filled;
            level.lots -= filled;
            _settle(balance, maker.owner, isBid, best, filled);
            emit Filled(head, taker, best, filled);
            if (level.lots == 0) _close(!isBid, best, level);
            else if (maker.lots == 0) level.head = maker.next;
        }
        return lots;
    }

    /// The maker's side was taken from its balance when it began to wait.
    function _settle(Balance storage taker, address maker, bool takerIsBid, uint16 tick, uint128 lots) private {
        uint128 cost = _cost(tick, lots);
        uint128 fee = cost / uint128(FEE_DENOMINATOR);
        fees += fee;
        if (takerIsBid) {
            taker.quote -= cost + fee;
            taker.base += _toBase(lots);
            balances[maker].quote += cost;
        } else {
            taker.base -= _toBase(lots);
            taker.quote += cost - fee;
            balances[maker].base += _toBase(lots);
        }
    }

    function _wait(uint64 id, bool isBid, uint16 tick, uint128 lots) private {
        if (isBid) balances[msg.sender].quote -= _cost(tick, lots);
        else balances[msg.sender].base -= _toBase(lots);
        Level storage level = isBid ? bidLevels[tick] : askLevels[tick];
        if (level.lots == 0) {
            level.head = id;
            if (isBid) _bids.add(tick);
            else _asks.add(tick);
        } else {
            orders[level.tail].next = id;
        }
        level.tail = id;
        level.lots += lots;
        orders[id] = Order({owner: msg.sender, tick: tick, isBid: isBid, next: 0, lots: lots});
    }

    function _close(bool isBid, uint16 tick, Level storage level) private {
        level.head = 0;
        level.tail = 0;
        if (isBid) _bids.remove(tick);
        else _asks.remove(tick);
    }

    function _cost(uint16 tick, uint128 lots) private pure returns (uint128) {
        return uint128(tick * TICK_VALUE) * lots;
    }

    function _toBase(uint128 lots) private pure returns (uint128) {
        return lots * uint128(LOT);
    }
}
