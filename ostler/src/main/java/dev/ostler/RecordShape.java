package dev.ostler;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.RecordComponentInfo;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The components of a record whose {@code toString} is the compiler's, so that they can be printed
 * one by one.
 *
 * <p>Any thread may use it. It reads the class file, and caches the result with the class.
 */
final class RecordShape {
  /** The class whose bootstrap method makes the toString of a record without one of its own. */
  private static final ClassDesc OBJECT_METHODS =
      ClassDesc.of("java.lang.runtime", "ObjectMethods");

  /** Names and getters in turn; null if there is no shape. No object of ours: see ClassValue. */
  private static final ClassValue<Object @Nullable []> SHAPES =
      new ClassValue<>() {
        @Override
        protected Object @Nullable [] computeValue(Class<?> type) {
          try {
            return read(type);
          } catch (IOException | ReflectiveOperationException | IllegalArgumentException e) {
            return null; // it is not open to us, or has no class file to be found
          }
        }
      };

  private final Object[] namesAndGetters;

  private RecordShape(Object[] namesAndGetters) {
    this.namesAndGetters = namesAndGetters;
  }

  /** Null if the record has a toString of its own, or cannot be looked into. */
  static @Nullable RecordShape of(Class<?> record) {
    Object[] known;
    try {
      known = SHAPES.get(record);
    } catch (LinkageError | RuntimeException e) {
      return null;
    }
    return known == null ? null : new RecordShape(known);
  }

  int size() {
    return namesAndGetters.length / 2;
  }

  String name(int component) {
    return (String) namesAndGetters[2 * component];
  }

  @Nullable Object value(int component, Record record) throws Throwable {
    return ((MethodHandle) namesAndGetters[2 * component + 1]).invoke(record);
  }

  private static Object @Nullable [] read(Class<?> type)
      throws IOException, ReflectiveOperationException {
    String name = type.getName();
    ClassModel model;
    try (InputStream file =
        type.getResourceAsStream(name.substring(name.lastIndexOf('.') + 1) + ".class")) {
      if (file == null) {
        return null;
      }
      model = ClassFile.of().parse(file.readAllBytes());
    }
    if (model.methods().stream().noneMatch(RecordShape::isCompilersToString)) {
      return null;
    }
    var lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
    List<RecordComponentInfo> components =
        model.findAttribute(Attributes.record()).orElseThrow().components();
    var known = new Object[2 * components.size()];
    for (int i = 0; i < components.size(); i++) {
      String component = components.get(i).name().stringValue();
      Class<?> of =
          MethodType.fromMethodDescriptorString(
                  "()" + components.get(i).descriptor().stringValue(), type.getClassLoader())
              .returnType();
      known[2 * i] = component;
      known[2 * i + 1] = lookup.findGetter(type, component, of);
    }
    return known;
  }

  private static boolean isCompilersToString(MethodModel method) {
    return method.methodName().equalsString("toString")
        && method.methodType().equalsString("()Ljava/lang/String;")
        && method.code().stream()
            .flatMap(code -> code.elementStream())
            .anyMatch(
                element ->
                    element instanceof InvokeDynamicInstruction dynamic
                        && dynamic.bootstrapMethod().owner().equals(OBJECT_METHODS));
  }
}
