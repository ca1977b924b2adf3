#include "attributes.h"

#include "environment.h"
#include "javascript.h"

namespace accord {

namespace {

// Where one attribute goes.
struct Target {
  napi_env env;
  TFE_Op* op;
  const char* name;
  const char* what = "its value";
};

std::vector<napi_value> elements(const Target& target, napi_value value) {
  std::vector<napi_value> values(readLength(target.env, value, target.what));
  for (uint32_t i = 0; i < values.size(); ++i) values[i] = element(target.env, value, i);
  return values;
}

void setString(const Target& target, napi_value value) {
  const std::string text = readString(target.env, value, target.what);
  TFE_OpSetAttrString(target.op, target.name, text.data(), text.size());
}

void setStrings(const Target& target, napi_value value) {
  const std::vector<std::string> texts = readStrings(target.env, value, target.what);
  std::vector<const void*> data;
  std::vector<size_t> lengths;
  for (const std::string& text : texts) {
    data.push_back(text.data());
    lengths.push_back(text.size());
  }
  TFE_OpSetAttrStringList(target.op, target.name, data.data(), lengths.data(), static_cast<int>(texts.size()));
}

void setIntegers(const Target& target, napi_value value) {
  std::vector<int64_t> numbers;
  for (const napi_value item : elements(target, value)) {
    numbers.push_back(readTruncated(target.env, item, target.what));
  }
  TFE_OpSetAttrIntList(target.op, target.name, numbers.data(), static_cast<int>(numbers.size()));
}

void setFloats(const Target& target, napi_value value) {
  std::vector<float> numbers;
  for (const napi_value item : elements(target, value)) {
    numbers.push_back(static_cast<float>(readNumber(target.env, item, target.what)));
  }
  TFE_OpSetAttrFloatList(target.op, target.name, numbers.data(), static_cast<int>(numbers.size()));
}

void setBools(const Target& target, napi_value value) {
  std::vector<unsigned char> flags;
  for (const napi_value item : elements(target, value)) {
    flags.push_back(readBool(target.env, item, target.what) ? 1 : 0);
  }
  TFE_OpSetAttrBoolList(target.op, target.name, flags.data(), static_cast<int>(flags.size()));
}

TF_DataType readType(const Target& target, napi_value value) {
  return static_cast<TF_DataType>(readInteger(target.env, value, target.what));
}

void setTypes(const Target& target, napi_value value) {
  std::vector<TF_DataType> types;
  for (const napi_value item : elements(target, value)) types.push_back(readType(target, item));
  TFE_OpSetAttrTypeList(target.op, target.name, types.data(), static_cast<int>(types.size()));
}

void setShape(const Target& target, napi_value value) {
  const std::vector<int64_t> sizes = readIntegers(target.env, value, target.what);
  Status status;
  TFE_OpSetAttrShape(target.op, target.name, sizes.data(), static_cast<int>(sizes.size()), status);
  status.check(target.what);
}

void setShapes(const Target& target, napi_value value) {
  std::vector<std::vector<int64_t>> shapes;
  for (const napi_value item : elements(target, value)) {
    shapes.push_back(readIntegers(target.env, item, target.what));
  }
  std::vector<const int64_t*> data;
  std::vector<int> ranks;
  for (const std::vector<int64_t>& shape : shapes) {
    data.push_back(shape.data());
    ranks.push_back(static_cast<int>(shape.size()));
  }
  Status status;
  TFE_OpSetAttrShapeList(target.op, target.name, data.data(), ranks.data(), static_cast<int>(shapes.size()), status);
  status.check(target.what);
}

void setFunction(const Target& target, napi_value value) {
  const std::string name = readString(target.env, value, target.what);
  TFE_OpSetAttrFunctionName(target.op, target.name, name.data(), name.size());
}

// An array of numbers is one shape, an array of arrays is a list of them.
bool isListOfShapes(const Target& target, napi_value value) {
  return readLength(target.env, value, target.what) > 0 && isArray(target.env, element(target.env, value, 0));
}

void setAttribute(const Target& target, int64_t type, napi_value value) {
  const bool isList = isArray(target.env, value);
  switch (type) {
    case TF_ATTR_STRING:
      return isList ? setStrings(target, value) : setString(target, value);
    case TF_ATTR_INT:
      if (isList) return setIntegers(target, value);
      return TFE_OpSetAttrInt(target.op, target.name, readTruncated(target.env, value, target.what));
    case TF_ATTR_FLOAT:
      if (isList) return setFloats(target, value);
      return TFE_OpSetAttrFloat(target.op, target.name,
                                static_cast<float>(readNumber(target.env, value, target.what)));
    case TF_ATTR_BOOL:
      if (isList) return setBools(target, value);
      return TFE_OpSetAttrBool(target.op, target.name, readBool(target.env, value, target.what) ? 1 : 0);
    case TF_ATTR_TYPE:
      if (isList) return setTypes(target, value);
      return TFE_OpSetAttrType(target.op, target.name, readType(target, value));
    case TF_ATTR_SHAPE:
      return isListOfShapes(target, value) ? setShapes(target, value) : setShape(target, value);
    case TF_ATTR_FUNC:
      return setFunction(target, value);
    default:
      throw ArgumentError(std::string(target.what) + ": attributes of type " + std::to_string(type) +
                          " can't be set");
  }
}

napi_value property(napi_env env, napi_value object, napi_value name) {
  napi_value value;
  check(env, napi_get_property(env, object, name, &value));
  return value;
}

}  // namespace

void setAttributes(napi_env env, const PropertyNames& propertyNames, Operation& operation, napi_value attributes) {
  const uint32_t count = readLength(env, attributes, "executeOp: attributes");
  if (count == 0) return;
  const PropertyNames::OfAttribute names = propertyNames.ofAttribute(env);
  for (uint32_t i = 0; i < count; ++i) {
    const napi_value attribute = element(env, attributes, i);
    if (typeOf(env, attribute) != napi_object) {
      throw ArgumentError("executeOp: attributes: expected objects { name, type, value }");
    }
    const std::string name = readString(env, property(env, attribute, names.name), "executeOp: an attribute's name");
    try {
      const int64_t type = readInteger(env, property(env, attribute, names.type), "its type");
      setAttribute({env, operation.op.get(), name.c_str()}, type, property(env, attribute, names.value));
    } catch (const ArgumentError& error) {
      throw ArgumentError(operation.name + ": attribute " + name + ": " + error.what());
    }
  }
}

}  // namespace accord
