/**
 * Auto-configuration for Spring Boot 4. {@link dev.ostler.spring.boot.SupervisedBeans} starts the
 * beans that are processes; {@link dev.ostler.spring.boot.KvAutoConfiguration} opens the store that
 * is a bean.
 */
@NullMarked
package dev.ostler.spring.boot;

import org.jspecify.annotations.NullMarked;
