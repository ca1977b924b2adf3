#include "property_names.h"

#include "javascript.h"

namespace accord {

PropertyNames::PropertyNames(napi_env env) {
  napi_value array;
  check(env, napi_create_array(env, &array));
  uint32_t index = 0;
  for (const char* name : {"name", "type", "value", "id", "shape", "dtype"}) {
    check(env, napi_set_element(env, array, index++, string(env, name)));
  }
  check(env, napi_create_reference(env, array, 1, &array_));
}

napi_value PropertyNames::array(napi_env env) const {
  napi_value array;
  check(env, napi_get_reference_value(env, array_, &array));
  return array;
}

PropertyNames::OfAttribute PropertyNames::ofAttribute(napi_env env) const {
  const napi_value names = array(env);
  return {element(env, names, 0), element(env, names, 1), element(env, names, 2)};
}

PropertyNames::OfMetadata PropertyNames::ofMetadata(napi_env env) const {
  const napi_value names = array(env);
  return {element(env, names, 3), element(env, names, 4), element(env, names, 5)};
}

}  // namespace accord
