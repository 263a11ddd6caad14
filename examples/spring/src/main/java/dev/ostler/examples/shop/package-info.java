/** A web application of Spring Boot whose state is in supervised servers, and in a store. */
@NullMarked
package dev.ostler.examples.shop;

import org.jspecify.annotations.NullMarked;
