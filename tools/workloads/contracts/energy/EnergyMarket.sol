// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IErc20} from "../shared/IErc20.sol";
import {Owned} from "../shared/Owned.sol";
import {ReentrancyGuard} from "../shared/ReentrancyGuard.sol";
import {SafeTransfer} from "../shared/SafeTransfer.sol";
import {CarbonCredits} from "./CarbonCredits.sol";

/// Neighbours trade solar power within zones of a grid. Meters report what went in and out; what went in can be offered
/// at a price and bought by those in the zone, who pay the seller and, for the wires, the zone's operator. A kilowatt
/// hour of sun earns its producer 400 g of carbon credits.
contract EnergyMarket is Owned, ReentrancyGuard {
    using SafeTransfer for IErc20;

    struct Meter {
        uint32 zone;
        uint64 produced; // watt hours, all time
        uint64 consumed;
        uint64 unsold; // produced, and not offered yet
        uint32 readings;
    }

    struct Zone {
        uint128 produced;
        uint128 consumed;
        uint128 traded;
        uint128 wireFees;
        address operator;
        uint64 offers;
    }

    struct Offer {
        address seller;
        uint64 wattHours;
        uint32 price; // of a watt hour, in 1e9 of the currency's smallest unit
    }

    uint256 private constant PRICE_UNIT = 1e9;
    uint256 private constant WIRE_FEE_PERCENT = 5;
    uint256 private constant GRAMS_PER_KWH = 400;

    IErc20 public immutable currency;
    CarbonCredits public immutable credits;
    mapping(address => Meter) public meters;
    mapping(uint32 => Zone) public zones;
    mapping(uint256 => Offer) public offers;

    event MeterInstalled(address indexed household, uint32 indexed zone);
    event Read(address indexed household, uint64 produced, uint64 consumed);
    event Offered(uint256 indexed offer, address indexed seller, uint64 wattHours, uint32 price);
    event Bought(uint256 indexed offer, address indexed buyer, uint64 wattHours, uint256 paid);

    error NoMeter();
    error AlreadyInstalled();
    error InsufficientEnergy(uint64 has, uint64 needs);
    error OtherZone();
    error NotOperator();

    constructor(IErc20 currency_, CarbonCredits credits_) {
        currency = currency_;
        credits = credits_;
    }

    function setOperator(uint32 zone, address operator) external onlyOwner {
        zones[zone].operator = operator;
    }

    function install(uint32 zone) external {
        if (meters[msg.sender].readings != 0) revert AlreadyInstalled();
        meters[msg.sender] = Meter(zone, 0, 0, 0, 1);
        emit MeterInstalled(msg.sender, zone);
    }

    function read(uint64 produced, uint64 consumed) external {
        Meter storage meter = _meter();
        uint64 before = meter.produced;
        meter.produced = before + produced;
        meter.consumed += consumed;
        meter.unsold += produced;
        ++meter.readings;
        Zone storage zone = zones[meter.zone];
        zone.produced += produced;
        zone.consumed += consumed;
        // Whole kilowatt hours alone earn credits.
        uint256 kilowattHours = (before + produced) / 1000 - before / 1000;
        if (kilowattHours > 0)
            credits.issue(uint32(block.timestamp / 365 days), msg.sender, kilowattHours * GRAMS_PER_KWH);
        emit Read(msg.sender, produced, consumed);
    }

    function offer(uint64 wattHours, uint32 price) external returns (uint256 id) {
        Meter storage meter = _meter();
        if (meter.unsold < wattHours) revert InsufficientEnergy(meter.unsold, wattHours);
        meter.unsold -= wattHours;
        id = uint256(meter.zone) << 64 | ++zones[meter.zone].offers;
        offers[id] = Offer(msg.sender, wattHours, price);
        emit Offered(id, msg.sender, wattHours, price);
    }

    function buy(uint256 id, uint64 wattHours) external nonReentrant {
        Meter storage meter = _meter();
        if (id >> 64 != meter.zone) revert OtherZone();
        Offer storage entry = offers[id];
        if (entry.wattHours < wattHours) revert InsufficientEnergy(entry.wattHours, wattHours);
        entry.wattHours -= wattHours;
        Zone storage zone = zones[meter.zone];
        zone.traded += wattHours;
        uint256 price = uint256(entry.price) * wattHours * PRICE_UNIT;
        uint256 fee = price * WIRE_FEE_PERCENT / 100;
        zone.wireFees += uint128(fee);
        currency.safeTransferFrom(msg.sender, entry.seller, price);
        currency.safeTransferFrom(msg.sender, address(this), fee);
        emit Bought(id, msg.sender, wattHours, price + fee);
    }

    function collectWireFees(uint32 zone) external nonReentrant {
        Zone storage entry = zones[zone];
        if (msg.sender != entry.operator) revert NotOperator();
        uint256 amount = entry.wireFees;
        entry.wireFees = 0;
        currency.safeTransfer(msg.sender, amount);
    }

    function _meter() private view returns (Meter storage meter) {
        meter = meters[msg.sender];
        if (meter.readings == 0) revert NoMeter();
    }
}
