// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";

/// Where goods come from: producers register lots, custody passes by offer and acceptance, lots are split and processed
/// into others, certifiers confirm, sensors report. All that happened to a lot is one chain of hashes.
contract ProvenanceRegistry is Owned {
    enum Status {
        None,
        Held,
        Offered,
        Consumed
    }

    struct Lot {
        address custodian;
        uint64 quantity;
        uint8 status;
        uint16 product;
        address offeredTo;
        uint48 changed;
        uint32 events;
        bytes32 history;
    }

    struct Product {
        address producer;
        uint64 lots; // registered so far
        int16 temperatureMin; // in tenths of a degree
        int16 temperatureMax;
    }

    mapping(uint16 => Product) public products;
    mapping(uint256 => Lot) public lots;
    mapping(uint256 => uint256[]) private _parents;
    mapping(uint256 => mapping(address => bool)) public certifiedBy;
    mapping(address => bool) public isCertifier;
    mapping(uint256 => uint256) public excursions; // readings outside the product's range

    event ProductListed(uint16 indexed product, address indexed producer);
    event LotRegistered(uint256 indexed lot, uint16 indexed product, uint64 quantity);
    event CustodyOffered(uint256 indexed lot, address indexed from, address indexed to);
    event CustodyAccepted(uint256 indexed lot, address indexed by);
    event LotSplit(uint256 indexed lot, uint256 indexed part, uint64 quantity);
    event LotsProcessed(uint256 indexed lot, uint256[] inputs);
    event Certified(uint256 indexed lot, address indexed by, bytes32 document);
    event Measured(uint256 indexed lot, int16 temperature, bool inRange);

    error NotProducer();
    error NotCustodian(uint256 lot);
    error NotHeld(uint256 lot);
    error NotOfferedToYou(uint256 lot);
    error NotCertifier();
    error InvalidQuantity();

    function list(uint16 product, address producer, int16 temperatureMin, int16 temperatureMax) external onlyOwner {
        products[product] = Product(producer, 0, temperatureMin, temperatureMax);
        emit ProductListed(product, producer);
    }

    function setCertifier(address certifier, bool allowed) external onlyOwner {
        isCertifier[certifier] = allowed;
    }

    /// Whoever harvests or makes something for a product registers it; the producer is who the product belongs to.
    function register(uint16 product, uint64 quantity, bytes32 document) external returns (uint256 lot) {
        if (products[product].producer == address(0)) revert NotProducer();
        if (quantity == 0) revert InvalidQuantity();
        lot = _create(product, quantity, document);
        emit LotRegistered(lot, product, quantity);
    }

    function offer(uint256 lot, address to) external {
        Lot storage entry = _held(lot);
        entry.status = uint8(Status.Offered);
        entry.offeredTo = to;
        _record(lot, entry, keccak256(abi.encode("offer", to)));
        emit CustodyOffered(lot, msg.sender, to);
    }

    function accept(uint256 lot) external {
        Lot storage entry = lots[lot];
        if (entry.status != uint8(Status.Offered) || entry.offeredTo != msg.sender) revert NotOfferedToYou(lot);
        entry.status = uint8(Status.Held);
        entry.custodian = msg.sender;
        entry.offeredTo = address(0);
        _record(lot, entry, keccak256(abi.encode("accept", msg.sender)));
        emit CustodyAccepted(lot, msg.sender);
    }

    function split(uint256 lot, uint64 quantity) external returns (uint256 part) {
        Lot storage entry = _held(lot);
        if (quantity == 0 || quantity >= entry.quantity) revert InvalidQuantity();
        entry.quantity -= quantity;
        part = _create(entry.product, quantity, entry.history);
        _parents[part].push(lot);
        _record(lot, entry, keccak256(abi.encode("split", part, quantity)));
        emit LotSplit(lot, part, quantity);
    }

    /// Makes a lot of another product out of several, which are used up.
    function process(uint256[] calldata inputs, uint16 product, uint64 quantity) external returns (uint256 lot) {
        bytes32 document;
        for (uint256 i = 0; i < inputs.length; ++i) {
            Lot storage input = _held(inputs[i]);
            input.status = uint8(Status.Consumed);
            _record(inputs[i], input, keccak256(abi.encode("process", product)));
            document = keccak256(abi.encode(document, input.history));
        }
        lot = _create(product, quantity, document);
        _parents[lot] = inputs;
        emit LotsProcessed(lot, inputs);
    }

    function certify(uint256 lot, bytes32 document) external {
        if (!isCertifier[msg.sender]) revert NotCertifier();
        certifiedBy[lot][msg.sender] = true;
        _record(lot, lots[lot], keccak256(abi.encode("certify", document)));
        emit Certified(lot, msg.sender, document);
    }

    /// A reading of the sensor that travels with the lot.
    function measure(uint256 lot, int16 temperature) external {
        Lot storage entry = _held(lot);
        Product storage product = products[entry.product];
        bool inRange = temperature >= product.temperatureMin && temperature <= product.temperatureMax;
        if (!inRange) ++excursions[lot];
        _record(lot, entry, keccak256(abi.encode("measure", temperature)));
        emit Measured(lot, temperature, inRange);
    }

    function parentsOf(uint256 lot) external view returns (uint256[] memory) {
        return _parents[lot];
    }

    function _held(uint256 lot) private view returns (Lot storage entry) {
        entry = lots[lot];
        if (entry.custodian != msg.sender) revert NotCustodian(lot);
        if (entry.status != uint8(Status.Held)) revert NotHeld(lot);
    }

    function _create(uint16 product, uint64 quantity, bytes32 document) private returns (uint256 lot) {
        lot = uint256(product) << 64 | ++products[product].lots;
        Lot storage entry = lots[lot];
        entry.custodian = msg.sender;
        entry.quantity = quantity;
        entry.status = uint8(Status.Held);
        entry.product = product;
        _record(lot, entry, document);
    }

    function _record(uint256 lot, Lot storage entry, bytes32 what) private {
        entry.changed = uint48(block.timestamp);
        ++entry.events;
        entry.history = keccak256(abi.encode(entry.history, lot, msg.sender, block.timestamp, what));
    }
}
